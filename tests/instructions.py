#!/usr/bin/env python3
"""User-space instructions an event costs on the whole path, and the limit that keeps them from creeping up.

Counted by callgrind on the release binary with a discarding sink: the difference between a long and a short run,
so that start and stop cancel out. Instructions, unlike times, are the same on a busy machine.
  instructions.py       prints the figure; exit status 1 over the limit, 77 when valgrind is missing
"""
import pathlib, re, shutil, socket, sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "bench"))
from server import Server

# Of these, device detection answered from its cache has 1,200, and asking for client hints (Accept-CH) 330.
# 1,400 came on 2026-11-30: amounts and ids in ecommerce and in event_params alike, two more columns a row, rows of a request
# accepted together, and what one client may take of a turn and of the memory.
LIMIT = 27_500
root = pathlib.Path(__file__).resolve().parent.parent
settings = dict(WRITERS__STRATEGY="discard", WRITERS__ACK="received", RUN__THREADS=1, ENVIRONMENT="bench",
                CORS__ALLOWED_ORIGINS="https://shop.example.com")

def request(i):
    body = (
        f'{{"event_name":"page_view","event_id":"{i:024x}","user_id":"u{i:06d}","event_params":['
        f'{{"key":"page_location","value":{{"string_value":"https://shop.example.com/p/{i}?utm_source=newsletter&utm_medium=email&utm_campaign=summer_sale"}}}},'
        '{"key":"page_referrer","value":{"string_value":"https://www.google.com/"}},'
        '{"key":"page_title","value":{"string_value":"Summer sale | Example Shop"}},'
        '{"key":"engagement_time_msec","value":{"int_value":1234}},{"key":"ga_session_id","value":{"int_value":1714000000}},'
        '{"key":"value","value":{"float_value":99.99}}],'
        '"items":[{"item_id":"SKU_1","item_name":"Blue linen shirt","price":99.99,"quantity":1}]}')
    return (
        "POST /api/v1/streaming/1 HTTP/1.1\r\nHost: collect.example.com\r\nConnection: keep-alive\r\n"
        f"Content-Length: {len(body)}\r\n"
        'sec-ch-ua: "Chromium";v="124", "Google Chrome";v="124", "Not-A.Brand";v="99"\r\nsec-ch-ua-platform: "Windows"\r\n'
        "sec-ch-ua-mobile: ?0\r\nUser-Agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like "
        "Gecko) Chrome/124.0.0.0 Safari/537.36\r\nContent-Type: text/plain;charset=UTF-8\r\nAccept: */*\r\n"
        "Origin: https://shop.example.com\r\nSec-Fetch-Site: same-site\r\nSec-Fetch-Mode: cors\r\nSec-Fetch-Dest: empty\r\n"
        "Referer: https://shop.example.com/checkout\r\nAccept-Encoding: gzip, deflate, br, zstd\r\n"
        "Accept-Language: en-GB,en;q=0.9,de-DE;q=0.8,de;q=0.7\r\n"
        f"Cookie: _ga=GA1.1.1234.1714000000; _fbp=fb.1.1714000000000.1; __uid__={i:032x}\r\nPriority: u=1, i\r\n\r\n{body}").encode()

def total(events):
    callgrind = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
    with Server([*callgrind, str(root / "build/release/real-streaming"), "serve"], **settings) as server:
        with socket.create_connection(("127.0.0.1", server.port)) as s:
            for i in range(events):
                s.sendall(request(i))
                if not s.recv(65536).startswith(b"HTTP/1.1 200"):
                    sys.exit("an event was not answered 200")
    return int(re.search(r"Collected : (\d+)", server.errors)[1])

def per_event():
    few, many = 200, 1200
    return (total(many) - total(few)) / (many - few)

if __name__ == "__main__":
    if not shutil.which("valgrind"):
        print("skipped: valgrind is not installed")
        sys.exit(77)
    count = per_event()
    print(f"{count:.0f} instructions an event, limit {LIMIT}")
    sys.exit(count > LIMIT)
