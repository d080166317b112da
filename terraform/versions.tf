# Matinee in one AWS account and Region. What must stay true: everything is named after `var.name`, nothing is billed by
# the hour, and no key, token or secret value is in a plan or a state.

terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

provider "aws" {
  region = var.region

  default_tags {
    tags = merge({ Application = var.name }, var.tags)
  }
}

# The second Region, when there is one (replica.tf).
provider "aws" {
  alias  = "replica"
  region = var.replica_region == null ? var.region : var.replica_region

  default_tags {
    tags = merge({ Application = var.name }, var.tags)
  }
}

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
  region    = data.aws_region.current.name

  # Bucket names and sign-in domains are one namespace for everybody.
  global_name = "${var.name}-${local.account}-${local.region}"
}
