// SPDX-License-Identifier: Apache-2.0
#include "agents/client/agent.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define GOOD                                                                                                 \
    "organisation: northam-police\ninspection: 000102030405060708090a0b0c0d0e0f\n"                           \
    "broker: tcp://127.0.0.1:7300\ndirectory: directory.note\nkeys: /keys\nstate: state\n"

static enum evx_status load(const char *text, struct evx_agent_config *c, char *why, size_t cap)
{
    char path[] = "/tmp/config-XXXXXX";
    int fd = mkstemp(path);
    cr_assert(fd >= 0);
    cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    struct evx_buf explain = {0};
    enum evx_status s = evx_agent_config_load(c, path, &explain);
    snprintf(why, cap, "%.*s", (int)explain.n, explain.p ? (const char *)explain.p : "");
    evx_buf_free(&explain);
    unlink(path);
    return s;
}

Test(config, reads_every_key_and_fills_the_rest, .timeout = 30)
{
    struct evx_agent_config c;
    char why[256];
    cr_assert_eq(load(GOOD "outbox-limit: 3\n", &c, why, sizeof why), EVX_OK, "%s", why);
    cr_assert_str_eq(c.organisation, "northam-police");
    cr_assert_str_eq(c.directory, "/tmp/directory.note", "relative to the configuration");
    cr_assert_str_eq(c.keys, "/keys");
    cr_assert_str_eq(c.timezone, "Europe/London");
    cr_assert_eq(c.outbox_limit_bytes, 3u << 20);
    cr_assert_null(c.pin);
    cr_assert_eq(c.heartbeat_ms, 15u * 60000);
    cr_assert_eq(c.answer_within_ms, 1440u * 60000);
    evx_agent_config_free(&c);
    cr_assert_eq(load(GOOD "heartbeat: 2\nanswer-within: 30\n", &c, why, sizeof why), EVX_OK, "%s", why);
    cr_assert_eq(c.heartbeat_ms, 120000u);
    cr_assert_eq(c.answer_within_ms, 30u * 60000);
    evx_agent_config_free(&c);
}

Test(config, says_what_is_wrong_and_where, .timeout = 30)
{
    static const struct {
        const char *text;
        const char *says;
    } rows[] = {
        {GOOD "outbox-limt: 3\n", "did you mean 'outbox-limit'"},
        {GOOD "outbox-limt: 3\n", "line 7"},
        {GOOD "zzzzzzzzzz: 3\n", "there is no key 'zzzzzzzzzz'"},
        {GOOD "outbox-limit: many\n", "many"},
        {GOOD "outbox-limit: 99999999999\n", "outbox-limit"},
        {GOOD "heartbeat: 10081\n", "heartbeat"},
        {GOOD "pin: 1234\n", "'pin'"},
        {GOOD "organisation: twice\n", "organisation"},
        {"organisation: x\n", "'inspection'"},
        {"", "empty"},
        {"- a\n- b\n", "MAPPING"},
        {"organisation: northam-police\ninspection: 0001\nbroker: tcp://h:1\ndirectory: d\nkeys: k\nstate: "
         "s\n",
         "'inspection'"},
        {"organisation: northam-police\ninspection: 000102030405060708090a0b0c0d0e0f\nbroker: http://h:1\n"
         "directory: d\nkeys: k\nstate: s\n",
         "'broker'"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct evx_agent_config c;
        char why[256];
        cr_assert_eq(load(rows[i].text, &c, why, sizeof why), EVX_E_CONFIG, "row %zu", i);
        cr_assert(strstr(why, rows[i].says), "row %zu says: %s", i, why);
    }
}

Test(config, has_a_sample_that_loads, .timeout = 30)
{
    struct evx_buf text = {0};
    struct evx_agent_config c;
    char why[256];
    cr_assert_eq(evx_agent_config_sample(&text), EVX_OK);
    cr_assert_eq(evx_buf_append(&text, "", 1), EVX_OK);
    cr_assert_eq(load((const char *)text.p, &c, why, sizeof why), EVX_OK, "%s", why);
    evx_agent_config_free(&c);
    evx_buf_free(&text);
}

Test(config, a_file_that_is_not_there_is_named, .timeout = 30)
{
    struct evx_agent_config c;
    struct evx_buf explain = {0};
    cr_assert_eq(evx_agent_config_load(&c, "/nowhere/evx.yaml", &explain), EVX_E_FILE_UNREADABLE);
    evx_buf_free(&explain);
}
