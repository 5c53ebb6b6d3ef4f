module go_hello

go 1.24
