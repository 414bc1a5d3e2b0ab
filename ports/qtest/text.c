/* SPDX-License-Identifier: MIT */
/*
 * Texts that grow, lines that come through a socket, and the clock that says
 * when to stop waiting for them.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "qtest_int.h"

enum {
	STREAM_CHUNK = 1 << 14,
	STREAM_MAX = 1 << 22, /* the longest line, by far */
};

void *qtest_zalloc(size_t len)
{
	void *ptr = calloc(1, len);

	if (!ptr)
		abort();
	return ptr;
}

/* --- texts --- */

void qtest_text_vadd(struct qtest_text *text, const char *format, va_list args)
{
	char *more;
	int len = vasprintf(&more, format, args);

	if (len < 0)
		abort();
	text->buf = realloc(text->buf, text->len + (size_t)len + 1);
	if (!text->buf)
		abort();
	memcpy(text->buf + text->len, more, (size_t)len + 1);
	text->len += (size_t)len;
	free(more);
}

void qtest_text_add(struct qtest_text *text, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	qtest_text_vadd(text, format, args);
	va_end(args);
}

const char *qtest_text_get(const struct qtest_text *text)
{
	return text->buf ? text->buf : "";
}

/* --- waiting --- */

uint64_t qtest_now(void)
{
	struct timespec ts;

	if (clock_gettime(CLOCK_MONOTONIC, &ts))
		abort();
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static bool sleep_for(int fd, short events, uint64_t deadline)
{
	struct pollfd poll = { .fd = fd, .events = events };
	const uint64_t now = qtest_now();
	const uint64_t left = deadline > now ? deadline - now : 0;
	const struct timespec ts = { .tv_sec = (time_t)(left / 1000000000u),
				     .tv_nsec = (long)(left % 1000000000u) };

	return ppoll(&poll, 1, &ts, NULL) > 0;
}

bool qtest_sleep(int fd, uint64_t deadline)
{
	return sleep_for(fd, POLLIN, deadline);
}

/* --- streams --- */

/* Have what came in begin at the beginning, with room for a chunk behind. */
static int stream_make_room(struct qtest_stream *stream)
{
	if (stream->room - stream->len >= STREAM_CHUNK)
		return 0;
	if (stream->room >= STREAM_MAX)
		return LEV_ERR_PROTO;
	stream->room = stream->room * 2 + STREAM_CHUNK;
	stream->buf = realloc(stream->buf, stream->room);
	return stream->buf ? 0 : LEV_ERR_NOMEM;
}

static int stream_receive(struct qtest_stream *stream, uint64_t deadline)
{
	ssize_t got;
	int err = stream_make_room(stream);

	if (err)
		return err;
	for (;;) {
		got = recv(stream->fd, stream->buf + stream->len,
			   stream->room - stream->len, MSG_DONTWAIT);
		if (got > 0) {
			stream->len += (size_t)got;
			return 0;
		}
		if (got == 0 || (errno != EAGAIN && errno != EINTR))
			return LEV_ERR_NODEV;
		if (qtest_now() >= deadline)
			return LEV_ERR_TIMEDOUT;
		qtest_sleep(stream->fd, deadline);
	}
}

int qtest_stream_line(struct qtest_stream *stream, uint64_t deadline,
		      char **line)
{
	char *end = NULL;
	size_t seen = 0;
	int err;

	stream->len -= stream->used;
	if (stream->len)
		memmove(stream->buf, stream->buf + stream->used, stream->len);
	stream->used = 0;
	for (;;) {
		if (stream->len > seen)
			end = memchr(stream->buf + seen, '\n',
				     stream->len - seen);
		if (end)
			break;
		seen = stream->len;
		err = stream_receive(stream, deadline);
		if (err)
			return err;
	}
	*end = 0;
	stream->used = (size_t)(end - stream->buf) + 1;
	*line = stream->buf;
	return 0;
}

int qtest_stream_send(struct qtest_stream *stream, const char *bytes,
		      size_t len, uint64_t deadline)
{
	while (len) {
		ssize_t sent = send(stream->fd, bytes, len,
				    MSG_DONTWAIT | MSG_NOSIGNAL);

		if (sent > 0) {
			bytes += sent;
			len -= (size_t)sent;
			continue;
		}
		if (errno != EAGAIN && errno != EINTR)
			return LEV_ERR_NODEV;
		if (qtest_now() >= deadline)
			return LEV_ERR_TIMEDOUT;
		sleep_for(stream->fd, POLLOUT, deadline);
	}
	return 0;
}
