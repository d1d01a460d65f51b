module libln.example.invalid/ln/tests

go 1.19

require libln.example.invalid/ln v0.0.0

replace libln.example.invalid/ln => ../
