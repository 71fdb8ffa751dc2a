#!/usr/bin/env python3
"""A network on loopback: relays TCP connections to a port, each byte as much later as light and switches would be.

    relay.py PORT MILLISECONDS      prints the port that it listens on; ends when its input does
"""
import asyncio
import selectors
import sys


async def pump(reader, writer, delay):
    loop = asyncio.get_running_loop()
    while data := await reader.read(1 << 18):
        loop.call_later(delay, writer.write, data)
    loop.call_later(delay, writer.close)


async def main(port, delay):
    async def serve(reader, writer):
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(pump(reader, there_writer, delay), pump(there_reader, writer, delay), return_exceptions=True)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    # select's timeouts are in microseconds, those of epoll in milliseconds.
    asyncio.SelectorEventLoop(selectors.SelectSelector()).run_until_complete(main(int(sys.argv[1]), float(sys.argv[2]) / 1000))
