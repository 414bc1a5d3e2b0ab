/* SPDX-License-Identifier: MIT */
/*
 * QMP: a JSON object a line. An answer has the member "return" or "error";
 * objects with "event" may come at any time, also before the answer to the
 * command that caused them.
 */
#include <stdlib.h>
#include <string.h>

#include "qtest_int.h"

enum { NAME_MAX_LEN = 256 };

/* --- JSON, as much as is needed of it --- */

/* Behind the value that begins here: a comma, a closing bracket, or the end. */
static const char *json_skip(const char *p)
{
	bool in_string = false;
	unsigned depth = 0;

	for (; *p; p++) {
		if (in_string) {
			if (*p == '\\' && p[1])
				p++;
			else
				in_string = *p != '"';
		} else if (*p == '"') {
			in_string = true;
		} else if (*p == '{' || *p == '[') {
			depth++;
		} else if (*p == '}' || *p == ']') {
			if (depth == 0)
				return p;
			depth--;
		} else if (*p == ',' && depth == 0) {
			return p;
		}
	}
	return p;
}

static const char *json_space(const char *p)
{
	return p + strspn(p, " \t\r");
}

/* The value of a member of this object (no deeper one); NULL: it has none. */
static const char *json_get(const char *object, const char *name)
{
	const size_t len = strlen(name);
	const char *p = object;

	while (*p == '{' || *p == ',') {
		const char *key = json_space(p + 1);
		const char *colon;

		if (*key != '"')
			return NULL;
		/* Names of members are plain words. */
		colon = strchr(key, ':');
		if (!colon)
			return NULL;
		if (strncmp(key + 1, name, len) == 0 && key[1 + len] == '"')
			return json_space(colon + 1);
		p = json_skip(colon + 1);
	}
	return NULL;
}

/* Is the member this very string? */
static bool json_is(const char *object, const char *name, const char *value)
{
	const char *p = json_get(object, name);
	const size_t len = strlen(value);

	return p && *p == '"' && strncmp(p + 1, value, len) == 0 &&
	       p[1 + len] == '"';
}

/* Copy a member that is a string, escapes and all; false: it does not fit. */
static bool json_copy(const char *object, const char *name, char *dst,
		      size_t len)
{
	const char *p = json_get(object, name);
	size_t n;

	if (!p || *p != '"')
		return false;
	n = strcspn(++p, "\"");
	if (n >= len)
		return false;
	memcpy(dst, p, n);
	dst[n] = 0;
	return true;
}

/* --- commands --- */

static void take_event(struct lev_qtest *qt, const char *line)
{
	if (qt->event && json_is(line, "event", qt->event))
		qt->event_seen = true;
}

/* The next line that is no event; events until deadline if there is none. */
static int qmp_line(struct lev_qtest *qt, uint64_t deadline, char **line)
{
	int err;

	for (;;) {
		err = qtest_stream_line(&qt->qmp, deadline, line);
		if (err || !json_get(*line, "event"))
			return err;
		take_event(qt, *line);
	}
}

/* What was returned becomes qt->result; an error goes into the log. */
static int take_answer(struct lev_qtest *qt, const char *command,
		       const char *line)
{
	const char *value = json_get(line, "return");
	char text[NAME_MAX_LEN];

	qt->result.len = 0;
	if (value) {
		qtest_text_add(&qt->result, "%.*s",
			       (int)(json_skip(value) - value), value);
		return 0;
	}
	value = json_get(line, "error");
	if (!value || !json_copy(value, "desc", text, sizeof(text)))
		snprintf(text, sizeof(text), "%.*s", NAME_MAX_LEN - 1, line);
	qtest_text_add(&qt->log, "qmp: %s: %s\n", command, text);
	return LEV_ERR_IO;
}

int lev_qtest_qmp(struct lev_qtest *qt, const char *command,
		  const char *arguments, const char **result)
{
	const uint64_t deadline = qtest_deadline(qt);
	struct qtest_text text = { NULL, 0 };
	char *line;
	int err;

	if (qt->dead)
		return LEV_ERR_NODEV;
	qtest_text_add(&text, "{\"execute\":\"%s\",\"arguments\":%s}\n",
		       command, arguments ? arguments : "{}");
	err = qtest_stream_send(&qt->qmp, text.buf, text.len, deadline);
	free(text.buf);
	if (!err)
		err = qmp_line(qt, deadline, &line);
	if (err) {
		qtest_lost(qt, command, err);
		return LEV_ERR_NODEV;
	}
	err = take_answer(qt, command, line);
	if (!err && result)
		*result = qtest_text_get(&qt->result);
	return err;
}

int lev_qtest_system_reset(struct lev_qtest *qt)
{
	const uint64_t deadline = qtest_deadline(qt);
	char *line;
	int err;

	qt->event = "RESET";
	qt->event_seen = false;
	err = lev_qtest_qmp(qt, "system_reset", NULL, NULL);
	while (!err && !qt->event_seen) {
		err = qtest_stream_line(&qt->qmp, deadline, &line);
		if (err)
			qtest_lost(qt, "system_reset", err);
		else
			take_event(qt, line);
	}
	qt->event = NULL;
	return err;
}

int lev_qtest_send_key(struct lev_qtest *qt, const char *key, unsigned hold)
{
	char arguments[NAME_MAX_LEN];

	snprintf(arguments, sizeof(arguments),
		 "{\"keys\":[{\"type\":\"qcode\",\"data\":\"%s\"}],"
		 "\"hold-time\":%u}",
		 key, hold);
	return lev_qtest_qmp(qt, "send-key", arguments, NULL);
}

/* --- the beginning --- */

/* The interrupt controller is known by its type only. */
static bool find_gic(const char *list, char *name, size_t len)
{
	const char *p = list;

	while (*p == '[' || *p == ',') {
		p = json_space(p + 1);
		if (json_is(p, "type", "child<arm_gic>"))
			return json_copy(p, "name", name, len);
		p = json_skip(p);
	}
	return false;
}

bool qtest_qmp_gic(struct lev_qtest *qt, char *path, size_t len)
{
	char name[NAME_MAX_LEN];
	const char *list;

	if (lev_qtest_qmp(qt, "qom-list", "{\"path\":\"/machine/unattached\"}",
			  &list))
		return false;
	if (!find_gic(list, name, sizeof(name))) {
		qtest_complain(qt, "no arm_gic in /machine/unattached");
		return false;
	}
	snprintf(path, len, "/machine/unattached/%s", name);
	return true;
}

bool qtest_qmp_open(struct lev_qtest *qt)
{
	char *line;
	int err;

	err = qmp_line(qt, qtest_deadline(qt), &line);
	if (!err && !json_get(line, "QMP"))
		err = LEV_ERR_PROTO;
	if (err) {
		qtest_lost(qt, "starting", err);
		return false;
	}
	return lev_qtest_qmp(qt, "qmp_capabilities", NULL, NULL) == 0;
}
