/* SPDX-License-Identifier: MIT */
/* The standard's names for commands and responses (5.7.6.7), for humans. */
#include <levitate/gpu.h>
#include <levitate/wire/gpu.h>

struct name {
	uint32_t value;
	const char *name;
};

#define COMMAND(n)                                                             \
	{                                                                      \
		LEV_GPU_CMD_##n, LEV_NAME(#n)                                  \
	}
#define RESPONSE(n)                                                            \
	{                                                                      \
		LEV_GPU_RESP_##n, LEV_NAME(#n)                                 \
	}

static const struct name names[] = {
	COMMAND(GET_DISPLAY_INFO),
	COMMAND(RESOURCE_CREATE_2D),
	COMMAND(RESOURCE_UNREF),
	COMMAND(SET_SCANOUT),
	COMMAND(RESOURCE_FLUSH),
	COMMAND(TRANSFER_TO_HOST_2D),
	COMMAND(RESOURCE_ATTACH_BACKING),
	COMMAND(RESOURCE_DETACH_BACKING),
	COMMAND(GET_EDID),
	RESPONSE(OK_NODATA),
	RESPONSE(OK_DISPLAY_INFO),
	RESPONSE(OK_EDID),
	RESPONSE(ERR_UNSPEC),
	RESPONSE(ERR_OUT_OF_MEMORY),
	RESPONSE(ERR_INVALID_SCANOUT_ID),
	RESPONSE(ERR_INVALID_RESOURCE_ID),
	RESPONSE(ERR_INVALID_CONTEXT_ID),
	RESPONSE(ERR_INVALID_PARAMETER),
};

static const char *find(uint32_t value, const char *otherwise)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].value == value && names[i].name)
			return names[i].name;
	return otherwise;
}

const char *lev_gpu_command_name(uint32_t command)
{
	return find(command, "unknown command");
}

const char *lev_gpu_response_name(uint32_t response)
{
	return find(response, response ? "unknown response" : "no response");
}
