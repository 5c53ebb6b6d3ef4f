module wasmworkers

go 1.24
