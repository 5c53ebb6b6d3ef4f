module kit_go

go 1.24

require wasmworkers v0.0.0

replace wasmworkers => ../../../kits/go
