#!/usr/bin/env bash
# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Filters, tests and lookups see what ansible-playbook makes of vaulted values, which each ansible-core does in its own way.

set -eux

folder="${OUTPUT_DIR:-$(mktemp -d)}"
echo made-up-password >"$folder/password"

encrypt() {
    ansible-vault encrypt_string --vault-password-file "$folder/password" --name "$1" "$2"
}

{
    encrypt vaulted_role arn:aws:iam::123456789012:role/team/deploy
    encrypt vaulted_session nightly
    encrypt vaulted_caller arn:aws:sts::123456789012:assumed-role/deploy/i-0123
    encrypt vaulted_pattern 'arn:aws:sts::123456789012:assumed-role/deploy/*'
    encrypt vaulted_user arn:aws:iam::123456789012:user/jane
} >"$folder/vaulted.yml"

ansible-playbook -i localhost, --vault-password-file "$folder/password" -e "@$folder/vaulted.yml" playbook.yml "$@"
