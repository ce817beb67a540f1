"""tuspy (PyPI), as it is but for the key header, brings a story and goes on after a cut.

    pip install tuspy
    vertelpunt --demo true &
    python3 end2end/media/tuspy_upload.py http://localhost:3000

Not part of `make test`: it would make Python a thing that everybody must have.
"""

import hashlib
import io
import json
import os
import sys
import time
import urllib.request
import uuid

from tusclient import client


def ask(url, body=None):
    request = urllib.request.Request(url, body and json.dumps(body).encode(), {"content-type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def main(url):
    project = ask(f"{url}/api/v1/entry/houten")
    sound, key = os.urandom(700_000), os.urandom(32)
    digest = lambda data: hashlib.sha256(data).hexdigest()
    clip = {"id": str(uuid.uuid4()), "kind": "sound", "media_type": "audio/webm;codecs=opus", "length": len(sound),
            "millis": 5000, "sha256": digest(sound)}
    part = {name: clip[name] for name in ("sha256", "length", "kind")}
    command = {"finalize_story": {
        "story": str(uuid.uuid4()),
        "origin": {"project": project["id"], "entry": "houten", "prompt": project["prompts"][0]["id"]},
        "content": {"pictures": [5, 44], "language": "nl", "perspective": "resident", "tags": [], "clips": [clip]},
        "parts": [part], "choices": dict.fromkeys(("analysis", "meeting", "report", "public"), "yes"),
        "wording": "nl/1", "owner_key_hash": digest(os.urandom(32)), "upload_key_hash": digest(key),
        "told_at": int(time.time() * 1000)}}
    envelope = {"id": str(uuid.uuid4()), "sequence": 1, "command": command}

    def push():
        request = {"protocol": 1, "nonce": os.urandom(16).hex(), "push": [envelope], "pull": []}
        return ask(f"{url}/api/v1/sync", request)["outcomes"][0]["verdict"]["committed"].get("acknowledgement")

    assert not push(), "only its manifest is here"
    tus = client.TusClient(f"{url}/api/v1/media", headers={"Story-Keys": key.hex()})
    new = lambda at=None: tus.uploader(file_stream=io.BytesIO(sound), chunk_size=100_000, url=at,
                                       metadata={"clip": clip["id"]})
    first = new()
    first.upload(stop_at=300_000)
    assert first.offset == 300_000 and not push()
    # Another process, later: all it knows is where the upload is.
    again = new(first.url)
    assert again.offset == 300_000, again.offset
    again.upload()
    assert again.offset == len(sound)
    assert push()["parts"] == [clip["sha256"]]
    print("tuspy: brought, cut, gone on with, acknowledged")


main(sys.argv[1])
