// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

#include "agents/client/cli/cli.h"

#define PASSPHRASE 1024

// Asked once for a run: an organisation's key files share one passphrase. Kept out of
// swap; wiped at exit.
static struct {
    char text[PASSPHRASE];
    size_t n;
    bool known;
    unsigned asked;
} secret;

static void forget(void) { evx_wipe(&secret, sizeof secret); }

// Reads up to the end of line, one byte at a time so that nothing behind it is taken.
static enum evx_status read_line(int fd, char *out, size_t cap, size_t *n)
{
    *n = 0;
    for (;;) {
        char c;
        ssize_t got = read(fd, &c, 1);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return EVX_E_IO;
        if (got == 0 || c == '\n') return *n ? EVX_OK : EVX_E_KEY_PASSPHRASE;
        if (*n == cap) return EVX_E_TOO_LARGE;
        out[(*n)++] = c;
    }
}

static enum evx_status ask_terminal(const char *what)
{
    int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) return EVX_E_KEY_PASSPHRASE;
    struct termios before, quiet;
    enum evx_status s = EVX_E_IO;
    if (tcgetattr(fd, &before)) goto out;
    quiet = before;
    quiet.c_lflag &= (tcflag_t)~ECHO;
    dprintf(fd, "%s for %s: ", secret.asked ? "That was not it. Passphrase" : "Passphrase", what);
    if (tcsetattr(fd, TCSAFLUSH, &quiet)) goto out;
    s = read_line(fd, secret.text, sizeof secret.text, &secret.n);
    tcsetattr(fd, TCSAFLUSH, &before);
    dprintf(fd, "\n");
out:
    close(fd);
    return s;
}

static enum evx_status ask(void *user, const char *what, char *out, size_t cap, size_t *n)
{
    const struct evx_cli_options *o = user;
    *n = 0;
    enum evx_status s = EVX_OK;
    if (!secret.known) {
        if (mlock(&secret, sizeof secret)) fprintf(stderr, "warning: the passphrase may be swapped out\n");
        atexit(forget);
        s = o->passphrase_fd >= 0 ? read_line(o->passphrase_fd, secret.text, sizeof secret.text, &secret.n)
                                  : ask_terminal(what);
        secret.known = s == EVX_OK;
        secret.asked++;
    }
    if (s) return s;
    if (secret.n > cap) return EVX_E_TOO_LARGE;
    memcpy(out, secret.text, secret.n);
    *n = secret.n;
    return EVX_OK;
}

struct evx_passphrase evx_cli_passphrase(struct evx_cli_options *o)
{
    return (struct evx_passphrase){.ask = ask, .user = o};
}

bool evx_cli_confirm(const struct evx_cli_options *o, const char *question)
{
    if (o->yes) return true;
    if (!isatty(STDIN_FILENO)) return false;
    fprintf(stderr, "%s [y/N] ", question);
    char line[16];
    size_t n = 0;
    if (read_line(STDIN_FILENO, line, sizeof line, &n)) return false;
    return n > 0 && (line[0] == 'y' || line[0] == 'Y');
}

const char *evx_cli_login(void)
{
    const struct passwd *p = getpwuid(getuid());
    return p && p->pw_name ? p->pw_name : "unknown";
}

bool evx_cli_colour(const struct evx_cli_options *o)
{
    const char *no = getenv("NO_COLOR");
    return !o->plain && !(no && *no) && isatty(STDOUT_FILENO);
}
