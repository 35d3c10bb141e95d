"""What the scripts in this folder share: the login to the org, as the bridge does it.

Environment: LOGIN_URL, CLIENT_ID, USER_NAME, KEY_FILE.
"""

import os
import time

import jwt
import requests


def login():
    """A token answer: access_token, instance_url, id."""
    claims = {
        "iss": os.environ["CLIENT_ID"],
        "sub": os.environ["USER_NAME"],
        "aud": "https://login.salesforce.com",
        "exp": int(time.time()) + 120,
    }
    with open(os.environ["KEY_FILE"], encoding="ascii") as key:
        assertion = jwt.encode(claims, key.read(), algorithm="RS256")
    form = {
        "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "assertion": assertion,
    }
    url = os.environ["LOGIN_URL"] + "/services/oauth2/token"
    answer = requests.post(url, data=form, timeout=30)
    answer.raise_for_status()
    return answer.json()
