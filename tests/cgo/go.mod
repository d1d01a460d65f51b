module ln/tests/cgo

go 1.20
