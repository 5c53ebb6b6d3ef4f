module conformance

go 1.24

require git.example.org/wws/wws/kits/go/v2 v2.0.0

replace git.example.org/wws/wws/kits/go/v2 => ..
