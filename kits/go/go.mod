module git.example.org/wws/wws/kits/go/v2

go 1.24
