module libln.example.invalid/ln

go 1.19
