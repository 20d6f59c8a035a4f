"""A closed loop of clients against a server of ours: ../shared/tools/http-load.cc on prepared requests. For bench/run."""
import json, pathlib, random, struct, subprocess, tempfile

source = pathlib.Path(__file__).resolve().parent.parent.parent / "shared/tools/http-load.cc"

def param(key, **value):
    return {"key": key, "value": value}

CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36"

def request(chance, agent):
    body = json.dumps({"event_name": chance.choice(["page_view", "scroll", "view_item", "add_to_cart"]), "event_id": f"{chance.getrandbits(96):024x}",
        "user_id": f"u{chance.randrange(10**6):06d}", "event_params": [
            param("page_location", string_value="https://shop.example.com/checkout?utm_source=newsletter&utm_medium=email&utm_campaign=summer"),
            param("page_referrer", string_value="https://www.google.com/"), param("page_title", string_value="Summer sale | Example Shop"),
            param("engagement_time_msec", int_value=chance.randrange(1, 9999)), param("value", float_value=round(chance.uniform(1, 200), 2))],
        "items": [{"item_id": f"SKU_{chance.randrange(10**5):05d}", "item_name": "Blue linen shirt", "price": 19.99, "quantity": 1}]},
        separators=(",", ":")).encode()
    head = "\r\n".join(["POST /api/v1/streaming/1 HTTP/1.1", "Host: collect.example.com", f"Content-Length: {len(body)}",
        f"User-Agent: {agent}",
        "Content-Type: text/plain;charset=UTF-8", "Accept: */*", "Origin: https://shop.example.com", "Accept-Encoding: gzip, deflate, br",
        "Accept-Language: en-GB,en;q=0.9,de-DE;q=0.8", f"Cookie: __uid__={chance.getrandbits(128):032x}", "", ""]).encode()
    return head + body

class Load:
    """measure() gives CPU microseconds a request, requests a second, and the 99th percentile in microseconds."""

    def __init__(self, agents=(CHROME,), count=4096):
        """`count`, a power of two, of requests that take their user agents from `agents` in turn."""
        self.folder = tempfile.TemporaryDirectory(prefix="http-load-")
        self.program, self.requests = f"{self.folder.name}/http-load", f"{self.folder.name}/requests"
        subprocess.run(["g++", "-O2", "-std=c++20", source, "-o", self.program], check=True)
        chance = random.Random(42)
        with open(self.requests, "wb") as out:
            for i in range(count):
                one = request(chance, agents[i % len(agents)])
                out.write(struct.pack("<I", len(one)) + one)

    def measure(self, server, connections, milliseconds=1500, core=None):
        command = [self.program, str(server.port), str(connections), str(milliseconds), "300", str(server.process.pid), self.requests]
        if core is not None:
            command = ["taskset", "-c", str(core), *command]
        out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        got = {key: float(value) for key, value in (word.split("=") for word in out.split())}
        if got["not_200"]:
            raise SystemExit(f"{got['not_200']:.0f} answers were not 200")
        return got["cpu_us"] / got["requests"], got["requests"] / got["dur_us"] * 1e6, got["p99"]
