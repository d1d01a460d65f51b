/*
 * torch_kernels.cc - torch.ops.ln.layer_norm and rms_norm without the interpreter, for what calls are mostly made with
 *
 * Tensors without gaps and parameters of one type come here from PyTorch's dispatcher and go to ln_forward(); any other call goes on to the
 * operator of the same schema that _ops.py has, NAME_general, which takes views, mixed types and wrong arguments. So there is nothing here that
 * is not fast. Nothing of PyTorch is needed to compile this: it is called and calls by the C functions that libtorch exports from 2.13 on,
 * whose addresses _native.py looks up.
 */
#include <cstdint>
#include <cstring>
#include <stdexcept>

#include "ln.h"

namespace {

typedef uint64_t Value;		/* an argument on the dispatcher's stack: a number, a tensor's handle, or, if optional, a pointer to one or NULL */
typedef struct opaque *Handle;	/* a tensor or a list of libtorch */

/* In the order in which _native.py has their names. */
struct Functions {
	int32_t (*ndim)(Handle, int64_t *);
	int32_t (*sizes)(Handle, int64_t **);
	int32_t (*strides)(Handle, int64_t **);
	int32_t (*type)(Handle, int32_t *);
	int32_t (*is_contiguous)(Handle, bool *);
	int32_t (*data)(Handle, void **);
	int32_t (*empty)(int64_t, const int64_t *, const int64_t *, int32_t, int32_t, int32_t, Handle *);
	int32_t (*delete_tensor)(Handle);
	int32_t (*list_size)(Handle, size_t *);
	int32_t (*list_item)(Handle, size_t, Value *);
	int32_t (*delete_list)(Handle);
	int32_t (*delete_value)(Value *);
	int32_t (*call)(const char *, const char *, Value *, uint64_t);
	int32_t (*num_threads)(uint32_t *);
	const char *(*what)();
	int32_t (*parallel_for)(int64_t, int64_t, int64_t, void (*)(int64_t, int64_t, void *), void *);
	int (*forward)(const ln_desc *, const ln_forward_tensors *);
};
struct Settings {
	Functions f;
	int64_t version;	/* of libtorch's C functions that this was written for */
	int64_t cpu, types[5];	/* libtorch's number of the CPU, and of the type with this LN_ number */
};
Settings s;

}

extern "C" int ln_torch_pool(void *pool, size_t tasks, ln_task task, void *context);

namespace {

uint32_t type_of(Handle tensor)
{
	int32_t type;

	if (s.f.type(tensor, &type) == 0)
		for (uint32_t i = LN_F32; i <= LN_F16; i++)
			if (s.types[i] == type)
				return i;
	return 0;
}

/* What the call is about, as far as it is one for this file. */
struct Norm {
	ln_desc d = {};
	ln_forward_tensors t = {};
	int64_t ndim = 0, *sizes = nullptr, *strides = nullptr;

	bool has_x(Handle x)
	{
		bool contiguous;

		d.struct_size = sizeof d;
		t.struct_size = sizeof t;
		d.x_type = type_of(x);
		return d.x_type && s.f.is_contiguous(x, &contiguous) == 0 && contiguous && s.f.ndim(x, &ndim) == 0 &&
		       s.f.sizes(x, &sizes) == 0 && s.f.strides(x, &strides) == 0 && s.f.data(x, const_cast<void **>(&t.x)) == 0;
	}

	bool has_shape(Handle list)
	{
		size_t count;
		Value size;

		if (s.f.list_size(list, &count) || count == 0 || count > (size_t)ndim)
			return false;
		d.rows = d.cols = 1;
		for (int64_t i = 0; i < ndim; i++)
			(i < ndim - (int64_t)count ? d.rows : d.cols) *= (uint64_t)sizes[i];
		for (size_t i = 0; i < count; i++)
			if (s.f.list_item(list, i, &size) || (int64_t)size != sizes[ndim - (int64_t)count + (int64_t)i])
				return false;
		return d.rows && d.cols && (columns = count);
	}

	bool has_parameter(Value optional, const void **at)
	{
		Handle p;
		int64_t dims, *own;
		bool contiguous;

		if (!optional)
			return true;
		memcpy(&p, (Value *)(uintptr_t)optional, sizeof p);
		uint32_t type = type_of(p);
		if (!type || (d.param_type && type != d.param_type) || (type == LN_F64) != (d.x_type == LN_F64))
			return false;
		d.param_type = type;
		return s.f.is_contiguous(p, &contiguous) == 0 && contiguous && s.f.ndim(p, &dims) == 0 && (size_t)dims == columns &&
		       s.f.sizes(p, &own) == 0 && memcmp(own, sizes + ndim - dims, (size_t)dims * sizeof *own) == 0 &&
		       s.f.data(p, const_cast<void **>(at)) == 0;
	}

	/* y, or NULL where the call is for the general operator. */
	Handle computed()
	{
		Handle y = nullptr;
		uint32_t threads = 1;

		if (s.f.empty(ndim, sizes, strides, (int32_t)s.types[d.x_type], (int32_t)s.cpu, 0, &y))
			return nullptr;
		if (s.f.num_threads(&threads) == 0 && threads > 1) {
			t.parallel_for = ln_torch_pool;
			t.pool = (void *)s.f.parallel_for;
		}
		if (s.f.data(y, &t.y) == 0 && s.f.forward(&d, &t) == LN_OK)
			return y;
		s.f.delete_tensor(y);
		return nullptr;
	}

private:
	size_t columns = 0;
};

void delete_optional(Value optional, bool is_tensor)
{
	Value *value = (Value *)(uintptr_t)optional;

	if (!value)
		return;
	if (is_tensor)
		s.f.delete_tensor((Handle)(uintptr_t)*value);
	s.f.delete_value(value);
}

void general(const char *name, Value *stack)
{
	if (s.f.call(name, "", stack, (uint64_t)s.version))
		throw std::runtime_error(s.f.what());
}

double number(Value value)
{
	double d;

	memcpy(&d, &value, sizeof d);
	return d;
}

/* layer_norm(x, normalized_shape, gamma, beta, eps, gamma_plus_one) */
void layer_norm(Value *stack, uint64_t, uint64_t)
{
	Norm norm;
	Handle x = (Handle)(uintptr_t)stack[0], shape = (Handle)(uintptr_t)stack[1], y = nullptr;

	norm.d.eps = number(stack[4]);
	norm.d.flags = (stack[5] & 1) * LN_GAMMA_PLUS_ONE;
	if (norm.has_x(x) && norm.has_shape(shape) && norm.has_parameter(stack[2], &norm.t.gamma) && norm.has_parameter(stack[3], &norm.t.beta))
		y = norm.computed();
	if (!y)
		return general("ln::layer_norm_general", stack);
	s.f.delete_tensor(x);
	s.f.delete_list(shape);
	delete_optional(stack[2], true);
	delete_optional(stack[3], true);
	stack[0] = (Value)(uintptr_t)y;
}

/* rms_norm(x, normalized_shape, gamma, eps, gamma_plus_one, cast_before_gamma) */
void rms_norm(Value *stack, uint64_t, uint64_t)
{
	Norm norm;
	Handle x = (Handle)(uintptr_t)stack[0], shape = (Handle)(uintptr_t)stack[1], y = nullptr;

	norm.d.norm = LN_RMSNORM;
	norm.d.flags = (stack[4] & 1) * LN_GAMMA_PLUS_ONE | (stack[5] & 1) * LN_CAST_BEFORE_GAMMA;
	if (stack[3] && norm.has_x(x) && norm.has_shape(shape) && norm.has_parameter(stack[2], &norm.t.gamma)) {
		norm.d.eps = number(*(Value *)(uintptr_t)stack[3]);
		y = norm.computed();
	}
	if (!y)
		return general("ln::rms_norm_general", stack);
	s.f.delete_tensor(x);
	s.f.delete_list(shape);
	delete_optional(stack[2], true);
	delete_optional(stack[3], false);
	stack[0] = (Value)(uintptr_t)y;
}

}

extern "C" {

/* What this file needs, once, before the kernels are registered. */
LN_API void ln_torch_settings(const Settings *settings)
{
	s = *settings;
}
LN_API void ln_torch_layer_norm(Value *stack, uint64_t arguments, uint64_t results)
{
	layer_norm(stack, arguments, results);
}
LN_API void ln_torch_rms_norm(Value *stack, uint64_t arguments, uint64_t results)
{
	rms_norm(stack, arguments, results);
}

}
