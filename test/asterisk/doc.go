// Package asterisk runs a real Asterisk for tests, benchmarks and the demo.
//
// Install finds or fetches one (install.sh says how), Start brings up an
// instance on loopback with the configuration this project ships in
// configs/asterisk, and the Asterisk it returns says where SIP and ARI are:
//
//	ast, err := asterisk.Start(ctx, asterisk.Options{
//		Trunks: []configs.AsteriskTrunk{{Name: "far", Addr: "127.0.0.1:5072"}},
//	})
//	defer ast.Close()
//
// Every instance has folders, sockets and ports of its own, so several run side
// by side and none meets an Asterisk that serves this machine. It is a child
// process and dies with the program that started it.
package asterisk
