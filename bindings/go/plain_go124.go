// plain_go124.go - what newer compilers are told of plain calls: they keep nothing and call nothing of Go's, so a slice on the stack stays there

//go:build go1.24

package ln

/*
#cgo noescape ln_go_plain
#cgo nocallback ln_go_plain
*/
import "C"
