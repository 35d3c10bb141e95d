#!/bin/sh
# Fills the templates beside this file with what is your own and writes a small Salesforce project that can be
# deployed. Nothing secret goes in: the certificate is public, Salesforce makes the consumer key itself.
set -eu

usage() {
    cat >&2 <<'EOF'
usage: fill.sh --room https://room.example.com --out FOLDER
               [--playback https://d111111abcdef8.cloudfront.net]
               [--contact you@example.com --certificate salesforce.crt --permission-set-id 0PS...]

  --room               origin of the meeting room: https, no path
  --playback           origin that recordings are played from: https, no path
  --out                folder to write; it must not exist
  --contact            who is asked about the External Client App
  --certificate        certificate of the bridge's key, PEM
  --permission-set-id  id of the permission set Chime Bridge Integration in your org

What is left out is not written: without --playback no trusted URL for recordings, without the last three no sign-in.
EOF
    exit 2
}

fail() {
    echo "fill.sh: $1" >&2
    exit 1
}

here=$(dirname -- "$0")
room='' playback='' out='' contact='' certificate='' permission_set=''
while [ $# -gt 0 ]; do
    [ $# -ge 2 ] || usage
    case "$1" in
        --room) room=$2 ;;
        --playback) playback=$2 ;;
        --out) out=$2 ;;
        --contact) contact=$2 ;;
        --certificate) certificate=$2 ;;
        --permission-set-id) permission_set=$2 ;;
        *) usage ;;
    esac
    shift 2
done
[ -n "$room" ] && [ -n "$out" ] || usage

matches() { printf '%s\n' "$1" | grep -Eq "$2"; }
one_line() { [ "$(printf '%s' "$1" | wc -l)" -eq 0 ]; }

origin() {
    one_line "$2" && matches "$2" '^https://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?$' ||
        fail "the $1 must be an https origin in lower case, without a path: $2"
}
origin room "$room"
[ -z "$playback" ] || origin 'address for playback' "$playback"
[ ! -e "$out" ] || fail "$out is already there"

if [ -n "$contact$certificate$permission_set" ]; then
    [ -n "$contact" ] && [ -n "$certificate" ] && [ -n "$permission_set" ] ||
        fail 'the sign-in needs --contact, --certificate and --permission-set-id together'
    one_line "$contact" && matches "$contact" '^[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+$' || fail "not an e-mail address: $contact"
    one_line "$permission_set" && matches "$permission_set" '^0PS([A-Za-z0-9]{12}|[A-Za-z0-9]{15})$' ||
        fail "not the id of a permission set: $permission_set"
    [ -r "$certificate" ] || fail "cannot read $certificate"
    ! grep -q 'PRIVATE KEY' "$certificate" || fail "$certificate holds a private key; give the certificate alone"
    grep -q 'BEGIN CERTIFICATE' "$certificate" || fail "$certificate holds no PEM certificate"
fi

# Copies one template folder, each placeholder replaced.
fill() {
    (cd "$here" && find "$1" -type f -name '*-meta.xml') | while IFS= read -r file; do
        mkdir -p "$out/$(dirname "$file")"
        awk -v room="$room" -v playback="$playback" -v contact="$contact" -v set="$permission_set" -v certificate="$certificate" '
            {
                gsub(/@ROOM_URL@/, room); gsub(/@PLAYBACK_URL@/, playback)
                gsub(/@CONTACT@/, contact); gsub(/@PERMISSION_SET_ID@/, set)
                if ((at = index($0, "@CERTIFICATE@")) == 0) { print; next }
                printf "%s", substr($0, 1, at - 1)
                while ((getline line < certificate) > 0) {
                    if (line ~ /BEGIN CERTIFICATE/) keep = 1
                    if (keep) { printf "%s%s", (begun ? "\n" : ""), line; begun = 1 }
                    if (line ~ /END CERTIFICATE/) break
                }
                print substr($0, at + length("@CERTIFICATE@"))
            }' "$here/$file" >"$out/$file"
    done
    folders="$folders${folders:+,}{\"path\":\"$1\"$2}"
}

folders=''
fill room ',"default":true'
[ -z "$playback" ] || fill playback ''
[ -z "$certificate" ] || fill login ''
printf '{"packageDirectories":[%s],"sourceApiVersion":"66.0"}\n' "$folders" >"$out/sfdx-project.json"
echo "written to $out; deploy from there what you need:"
(cd "$out" && for folder in */; do echo "  cd $out && sf project deploy start --source-dir ${folder%/}"; done)
