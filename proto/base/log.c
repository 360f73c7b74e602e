// SPDX-License-Identifier: Apache-2.0
#include "proto/base/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "proto/base/clock.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static enum evx_log_level threshold = EVX_LOG_INFO;
static void (*sink_function)(void *user, const char *line);
static void *sink_user;

static const char *level_name(enum evx_log_level level)
{
    switch (level) {
    case EVX_LOG_ERROR: return "error";
    case EVX_LOG_WARN: return "warn";
    case EVX_LOG_INFO: return "info";
    case EVX_LOG_DEBUG: return "debug";
    }
    return "?";
}

// A peer must not be able to forge a line or drive a terminal.
static void replace_control_characters(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f) *text = '?';
}

static void emit(const char *line)
{
    pthread_mutex_lock(&lock);
    if (sink_function)
        sink_function(sink_user, line);
    else
        fprintf(stderr, "%s\n", line);
    pthread_mutex_unlock(&lock);
}

void evx_log(enum evx_log_level level, const char *id, const char *format, ...)
{
    if (level > __atomic_load_n(&threshold, __ATOMIC_RELAXED)) return;
    char now[EVX_TIME_TEXT];
    evx_time_text(now, (int64_t)evx_clock_wall_ms());
    char line[1024];
    int n = snprintf(line, sizeof line, "%s %s %s ", now, level_name(level), id);
    if (n < 0 || (size_t)n >= sizeof line) return;
    va_list ap;
    va_start(ap, format);
    vsnprintf(line + n, sizeof line - (size_t)n, format, ap);
    va_end(ap);
    replace_control_characters(line);
    emit(line);
}

void evx_log_set_level(enum evx_log_level level) { __atomic_store_n(&threshold, level, __ATOMIC_RELAXED); }

void evx_log_set_sink(void (*sink)(void *user, const char *line), void *user)
{
    pthread_mutex_lock(&lock);
    sink_function = sink;
    sink_user = user;
    pthread_mutex_unlock(&lock);
}
