// Command linearizability records what concurrent clients of the key-value store see, and checks it.
package main

import (
	"flag"
	"fmt"
	"os"
	"time"
)

const usage = `usage: linearizability record [OPTIONS] ADDRESS PATH   ask the worker at PATH of a server, and check
       linearizability check FILE                     check a history
A line "quarter" tells that the second, third and last quarter of the operations begins.
Exit status: 0 the history is linearizable, 1 it is not, 2 there is none.
`

func main() {
	flags := flag.NewFlagSet("linearizability", flag.ExitOnError)
	flags.Usage = func() { fmt.Fprint(os.Stderr, usage); flags.PrintDefaults() }
	operations := flags.Int64("operations", 20_000, "how many")
	clients := flags.Int("clients", 32, "connections")
	keys := flags.Int("keys", 6, "keys at a time")
	perKeys := flags.Int("per-keys", 3000, "operations before the keys are changed")
	output := flags.String("output", "", "write the history to this file")
	seed := flags.Uint64("seed", uint64(time.Now().UnixNano()), "of what is asked for")
	patience := flags.Duration("patience", 10*time.Minute, "for the check")
	if len(os.Args) < 2 {
		flags.Usage()
		os.Exit(2)
	}
	flags.Parse(os.Args[2:])

	var history []operation
	var err error
	switch begin := time.Now(); {
	case os.Args[1] == "check" && flags.NArg() == 1:
		history, err = readHistory(flags.Arg(0))
	case os.Args[1] == "record" && flags.NArg() == 2:
		r := recorder{
			address: flags.Arg(0), path: flags.Arg(1), clients: *clients, keys: *keys, perKeys: *perKeys, operations: *operations,
			progress: func() { fmt.Println("quarter") },
		}
		history, err = r.record(*seed)
		fmt.Printf("%d operations in %v, seed %d\n", len(history), time.Since(begin).Round(time.Millisecond), *seed)
	default:
		flags.Usage()
		os.Exit(2)
	}
	if err == nil && *output != "" {
		err = writeHistory(*output, history)
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(2)
	}
	outcomes := map[string]int{}
	for _, one := range history {
		outcomes[one.Outcome]++
	}
	begin := time.Now()
	if err := check(history, *patience); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Printf("linearizable: %d operations, %d conflicts, %d with unknown outcome; checked in %v\n",
		len(history), outcomes[conflict], outcomes[unknown], time.Since(begin).Round(time.Millisecond))
}
