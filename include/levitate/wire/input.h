/* SPDX-License-Identifier: MIT */
/* Input device (VirtIO 5.8): configuration and events. */
#ifndef LEVITATE_WIRE_INPUT_H
#define LEVITATE_WIRE_INPUT_H

#include <levitate/base.h>

#define LEV_INPUT_QUEUE_EVENT  0
#define LEV_INPUT_QUEUE_STATUS 1

/* struct lev_input_config.select (5.8.4) */
#define LEV_INPUT_CFG_UNSET	0x00
#define LEV_INPUT_CFG_ID_NAME	0x01
#define LEV_INPUT_CFG_ID_SERIAL 0x02
#define LEV_INPUT_CFG_ID_DEVIDS 0x03
#define LEV_INPUT_CFG_PROP_BITS 0x10
#define LEV_INPUT_CFG_EV_BITS	0x11
#define LEV_INPUT_CFG_ABS_INFO	0x12

#define LEV_INPUT_CFG_LEN_MAX 128

struct lev_virtio_input_absinfo {
	lev_le32 min;
	lev_le32 max;
	lev_le32 fuzz;
	lev_le32 flat;
	lev_le32 res;
};
LEV_WIRE_SIZE(struct lev_virtio_input_absinfo, 20);
LEV_WIRE_AT(struct lev_virtio_input_absinfo, max, 4);
LEV_WIRE_AT(struct lev_virtio_input_absinfo, fuzz, 8);
LEV_WIRE_AT(struct lev_virtio_input_absinfo, flat, 12);
LEV_WIRE_AT(struct lev_virtio_input_absinfo, res, 16);

struct lev_virtio_input_devids {
	lev_le16 bustype;
	lev_le16 vendor;
	lev_le16 product;
	lev_le16 version;
};
LEV_WIRE_SIZE(struct lev_virtio_input_devids, 8);
LEV_WIRE_AT(struct lev_virtio_input_devids, vendor, 2);
LEV_WIRE_AT(struct lev_virtio_input_devids, product, 4);
LEV_WIRE_AT(struct lev_virtio_input_devids, version, 6);

/* The driver writes select and subsel, and nothing else. */
struct lev_virtio_input_config {
	uint8_t select;
	uint8_t subsel;
	uint8_t size; /* of what stands in u; 0: not supported */
	uint8_t reserved[5];
	union {
		char string[LEV_INPUT_CFG_LEN_MAX];
		uint8_t bitmap[LEV_INPUT_CFG_LEN_MAX];
		struct lev_virtio_input_absinfo abs;
		struct lev_virtio_input_devids ids;
	} u;
};
LEV_WIRE_SIZE(struct lev_virtio_input_config, 136);
LEV_WIRE_AT(struct lev_virtio_input_config, select, 0);
LEV_WIRE_AT(struct lev_virtio_input_config, subsel, 1);
LEV_WIRE_AT(struct lev_virtio_input_config, size, 2);
LEV_WIRE_AT(struct lev_virtio_input_config, u, 8);

/* 5.8.6: the values are those of the Linux input layer (evdev). */
struct lev_virtio_input_event {
	lev_le16 type;
	lev_le16 code;
	lev_le32 value;
};
LEV_WIRE_SIZE(struct lev_virtio_input_event, 8);
LEV_WIRE_AT(struct lev_virtio_input_event, type, 0);
LEV_WIRE_AT(struct lev_virtio_input_event, code, 2);
LEV_WIRE_AT(struct lev_virtio_input_event, value, 4);

#endif
