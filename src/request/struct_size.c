/* struct_size.c - public structs of other headers than ours */
#include "desc.h"

int ln_check_other_struct(const char *name, const void *s, size_t struct_size, size_t own_size, struct fault *fault)
{
	const unsigned char *bytes = s;

	if (s == NULL)
		return ln_refuse(fault, (struct fault){ LN_ERR_NULL, "@ is NULL", { name }, { 0 } });
	if (struct_size < own_size)
		return ln_refuse(fault, (struct fault){ LN_ERR_DESC, "struct_size # of @ is less than #", { name }, { struct_size, own_size } });
	for (size_t i = own_size; i < struct_size; i++)
		if (bytes[i] != 0)
			return ln_refuse(fault, (struct fault){ LN_ERR_DESC, "@ has something in byte #, which this version does not know",
								{ name }, { i } });
	return LN_OK;
}
