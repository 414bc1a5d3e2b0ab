/* SPDX-License-Identifier: MIT */
/* What is played: one queue, one driver, one device, a few requests. */
#ifndef STORY_HPP
#define STORY_HPP

#include <cstdint>

enum part {
	WHOLE,
	DOORBELL,  /* nothing comes back */
	INTERRUPT, /* all was sent before it begins */
};

struct story {
	const char *name;
	enum part part = WHOLE;
	bool packed = false, in_order = false;
	bool event_idx = false, indirect = false;
	unsigned size = 1;     /* of the ring */
	unsigned segs = 1;     /* of a request: 1 or 2 */
	unsigned requests = 1; /* in all */
	unsigned burst = 1;    /* added before each kick */
	unsigned keep = 0;     /* left in flight while more are added */
	unsigned start = 0;    /* split: what the indices begin at */
	bool hush = false;     /* awake, the device wants no doorbells */
	bool lump = false;     /* it shows what it used all at once */
	bool platform = false; /* it obeys nothing but fences */
	unsigned switches = 0; /* unforced ones, at most; 0: no limit */
};

extern const story *playing;

#endif
