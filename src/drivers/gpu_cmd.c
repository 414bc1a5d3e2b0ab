/* SPDX-License-Identifier: MIT */
/*
 * GPU device: one command and its answer (5.7.6.7). Every command carries a
 * fence of its own, never used twice in the life of the object; an answer
 * counts only with the right type, length and fence.
 */
#include "gpu_priv.h"

static struct lev_seg block_seg(const struct lev_gpu *gpu, const void *part,
				size_t len)
{
	const size_t off = (size_t)((const char *)part - (char *)gpu->mem);
	const struct lev_seg seg = { gpu->mem_addr + off, (uint32_t)len };

	return seg;
}

struct lev_gpu_cmd *lev_gpu_cmd_prepare(struct lev_gpu *gpu, unsigned i,
					uint32_t command,
					struct lev_virtio_gpu_ctrl_hdr *request,
					size_t len)
{
	struct lev_gpu_slot *slot = &gpu_block(gpu)->slots[i];
	struct lev_gpu_cmd *cmd = &gpu->cmds[i];

	__builtin_memset(request, 0, len);
	__builtin_memset(&slot->response, 0, sizeof(slot->response));
	cmd->gpu = gpu;
	cmd->fence = ++gpu->fence;
	cmd->command = command;
	cmd->response = &slot->response;
	cmd->response_len = sizeof(slot->response);
	cmd->expect = LEV_GPU_RESP_OK_NODATA;
	cmd->segs[0] = block_seg(gpu, request, len);
	cmd->segs[1] = block_seg(gpu, cmd->response, cmd->response_len);
	cmd->req.done = NULL;
	cmd->req.segs = cmd->segs;
	cmd->req.readable = 1;
	cmd->req.writable = 1;
	request->type = lev_cpu_to_le32(command);
	request->flags = lev_cpu_to_le32(LEV_GPU_FLAG_FENCE);
	request->fence_id = lev_cpu_to_le64(cmd->fence);
	return cmd;
}

void lev_gpu_cmd_expect(struct lev_gpu_cmd *cmd, uint32_t expect,
			void *response, size_t len)
{
	__builtin_memset(response, 0, len);
	cmd->expect = expect;
	cmd->response = response;
	cmd->response_len = (uint32_t)len;
	cmd->segs[1] = block_seg(cmd->gpu, response, len);
}

static int cmd_judge(const struct lev_gpu_cmd *cmd,
		     const struct lev_virtio_gpu_ctrl_hdr *hdr)
{
	const uint32_t type = lev_le32_to_cpu(hdr->type);

	if (cmd->req.written < sizeof(*hdr))
		return LEV_ERR_PROTO;
	if (!(lev_le32_to_cpu(hdr->flags) & LEV_GPU_FLAG_FENCE) ||
	    lev_le64_to_cpu(hdr->fence_id) != cmd->fence)
		return LEV_ERR_PROTO;
	if (type >= LEV_GPU_RESP_ERR_UNSPEC &&
	    type <= LEV_GPU_RESP_ERR_INVALID_PARAMETER)
		return LEV_ERR_IO;
	if (type != cmd->expect || cmd->req.written < cmd->response_len)
		return LEV_ERR_PROTO;
	return 0;
}

int lev_gpu_cmd_result(const struct lev_gpu_cmd *cmd)
{
	struct lev_virtio_gpu_ctrl_hdr hdr;
	struct lev_gpu *gpu = cmd->gpu;
	int err;

	if (cmd->req.err)
		return cmd->req.err;
	lev_device_read_once(&hdr, cmd->response, sizeof(hdr));
	err = cmd_judge(cmd, &hdr);
	if (!err)
		return 0;
	gpu->error.command = cmd->command;
	gpu->error.response = lev_le32_to_cpu(hdr.type);
	lev_device_log(&gpu->dev, "%s: %s (0x%x, %u bytes): %s",
		       lev_gpu_command_name(cmd->command),
		       lev_gpu_response_name(gpu->error.response),
		       gpu->error.response, cmd->req.written,
		       lev_strerror(err));
	return err;
}

int lev_gpu_cmd_run(struct lev_gpu_cmd *cmd, uint64_t deadline)
{
	struct lev_gpu *gpu = cmd->gpu;
	int err;

	err = lev_queue_add(&gpu->control, &cmd->req);
	if (!err)
		err = lev_queue_kick(&gpu->control);
	if (err >= 0)
		err = lev_queue_wait(&gpu->control, &cmd->req, deadline);
	if (!err)
		return lev_gpu_cmd_result(cmd);
	gpu->error.command = cmd->command;
	gpu->error.response = 0;
	lev_device_log(&gpu->dev, "%s: %s", lev_gpu_command_name(cmd->command),
		       lev_strerror(err));
	return err;
}
