# The catalog's one table; src/matinee/adapters/aws/dynamodb_table.py says what lies where. What must stay true: 35 days
# of point-in-time recovery, and no `terraform destroy` takes it by accident. A table restored from those days has another
# name (`table_name`); docs/operate.md has the steps.

resource "aws_dynamodb_table" "catalog" {
  name                        = coalesce(var.table_name, var.name)
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "pk"
  range_key                   = "sk"
  deletion_protection_enabled = !var.destroy_everything
  stream_enabled              = true # what other systems are told of (webhooks.tf)
  stream_view_type            = "NEW_AND_OLD_IMAGES"

  dynamic "attribute" {
    for_each = {
      pk    = "S", sk = "S", listing = "S", state = "S", position = "S", ending = "S", ends_at = "N",
      asset = "S", title = "S", length = "S",
    }

    content {
      name = attribute.key
      type = attribute.value
    }
  }

  global_secondary_index {
    name            = "by_listing"
    hash_key        = "listing"
    range_key       = "position"
    projection_type = "ALL"
  }

  global_secondary_index {
    name            = "by_state"
    hash_key        = "state"
    range_key       = "position"
    projection_type = "ALL"
  }

  global_secondary_index {
    name            = "by_end"
    hash_key        = "ending"
    range_key       = "ends_at"
    projection_type = "KEYS_ONLY"
  }

  # What they hold beside the keys changes seldom: progress, the most frequent change of an asset, writes neither.
  dynamic "global_secondary_index" {
    for_each = toset(["title", "length"])

    content {
      name               = "by_${global_secondary_index.value}"
      hash_key           = "asset"
      range_key          = global_secondary_index.value
      projection_type    = "INCLUDE"
      non_key_attributes = ["kind", "search", "state", "tags"]
    }
  }

  ttl {
    attribute_name = "expires"
    enabled        = true
  }

  point_in_time_recovery {
    enabled = true
  }

  server_side_encryption {
    enabled = false # DynamoDB's own key, which costs nothing; `true` is a KMS key's price a request
  }
}
