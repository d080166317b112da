# Who is calling: a Cognito user pool made here, or the issuer in `oidc`. What must stay true: nobody signs themselves
# up, and a person's groups decide which scopes a token carries, whatever the client asks for.

locals {
  own_pool     = var.oidc == null
  scope_names  = ["assets:read", "assets:write", "playback:issue", "playback:delegate", "insight:read", "audit:read", "spending:approve"]
  scope_prefix = local.own_pool ? "matinee/" : var.oidc.scope_prefix
  issuer       = local.own_pool ? "https://${aws_cognito_user_pool.people[0].endpoint}" : var.oidc.issuer
  client_id    = local.own_pool ? aws_cognito_user_pool_client.pages[0].id : var.oidc.client_id
  audience     = local.own_pool ? [local.client_id] : coalesce(var.oidc.audience, [var.oidc.client_id])
  sign_in_url  = local.own_pool ? "https://${aws_cognito_user_pool_domain.sign_in[0].domain}.auth.${local.region}.amazoncognito.com" : null

  authorization_endpoint = local.own_pool ? "${local.sign_in_url}/oauth2/authorize" : var.oidc.authorization_endpoint
  token_endpoint         = local.own_pool ? "${local.sign_in_url}/oauth2/token" : var.oidc.token_endpoint
  end_session_endpoint   = local.own_pool ? "${local.sign_in_url}/logout" : var.oidc.end_session_endpoint

  # What the pages and `matinee login` have to know; nothing in it is secret.
  public_settings = { for key, value in {
    sign_in                = "oidc"
    issuer                 = local.issuer
    client_id              = local.client_id
    scopes                 = join(" ", concat(["openid"], [for scope in local.scope_names : "${local.scope_prefix}${scope}"]))
    authorization_endpoint = local.authorization_endpoint
    token_endpoint         = local.token_endpoint
    end_session_endpoint   = local.end_session_endpoint
  } : key => value if value != null }
}

resource "aws_cognito_user_pool" "people" {
  count = local.own_pool ? 1 : 0

  name                     = var.name
  user_pool_tier           = "ESSENTIALS" # the first with scopes chosen by a trigger
  username_attributes      = ["email"]
  auto_verified_attributes = ["email"]
  deletion_protection      = var.destroy_everything ? "INACTIVE" : "ACTIVE"

  admin_create_user_config {
    allow_admin_create_user_only = true
  }

  password_policy {
    minimum_length                   = 12
    require_lowercase                = false
    require_numbers                  = false
    require_symbols                  = false
    require_uppercase                = false
    temporary_password_validity_days = 7
  }

  mfa_configuration = "OPTIONAL"

  software_token_mfa_configuration {
    enabled = true
  }

  account_recovery_setting {
    recovery_mechanism {
      name     = "verified_email"
      priority = 1
    }
  }

  lambda_config {
    pre_token_generation_config {
      lambda_arn     = module.claims[0].arn
      lambda_version = "V2_0"
    }
  }
}

resource "aws_cognito_user_group" "people" {
  for_each = local.own_pool ? {
    viewer    = "May watch: reads the library and starts playback"
    publisher = "May publish: uploads, edits and deletes as well"
    operator  = "May do everything: approves what is over a limit of the bill as well"
  } : {}

  user_pool_id = aws_cognito_user_pool.people[0].id
  name         = each.key
  description  = each.value
}

resource "aws_cognito_resource_server" "api" {
  count = local.own_pool ? 1 : 0

  user_pool_id = aws_cognito_user_pool.people[0].id
  identifier   = trimsuffix(local.scope_prefix, "/")
  name         = "Matinee's API"

  dynamic "scope" {
    for_each = local.scope_names

    content {
      scope_name        = scope.value
      scope_description = scope.value
    }
  }
}

# For the pages and the command line alike: no secret, code flow with PKCE only (RFC 8252, 8.1).
resource "aws_cognito_user_pool_client" "pages" {
  count = local.own_pool ? 1 : 0

  user_pool_id                         = aws_cognito_user_pool.people[0].id
  name                                 = "pages and command line"
  generate_secret                      = false
  allowed_oauth_flows_user_pool_client = true
  allowed_oauth_flows                  = ["code"]
  allowed_oauth_scopes                 = concat(["openid"], [for scope in local.scope_names : "${local.scope_prefix}${scope}"])
  supported_identity_providers         = ["COGNITO"]
  explicit_auth_flows                  = ["ALLOW_REFRESH_TOKEN_AUTH"]
  callback_urls                        = ["${local.site_url}/callback", "http://127.0.0.1:8910/callback"]
  logout_urls                          = ["${local.site_url}/signin"]
  prevent_user_existence_errors        = "ENABLED"
  enable_token_revocation              = true
  access_token_validity                = 60
  id_token_validity                    = 60
  refresh_token_validity               = 30

  token_validity_units {
    access_token  = "minutes"
    id_token      = "minutes"
    refresh_token = "days"
  }

  depends_on = [aws_cognito_resource_server.api]
}

resource "aws_cognito_user_pool_domain" "sign_in" {
  count = local.own_pool ? 1 : 0

  user_pool_id = aws_cognito_user_pool.people[0].id
  domain       = local.global_name
}

module "claims" {
  source = "./modules/function"
  count  = local.own_pool ? 1 : 0

  name            = "${var.name}-claims"
  description     = "A person's groups become the scopes of their token"
  handler         = "matinee.lambdas.claims.handler"
  package         = local.packages["api"]
  settings        = local.function_settings
  memory_mb       = 256
  timeout_seconds = 5 # Cognito waits no longer
  json_logs       = true
  environment     = { MATINEE_SCOPE_PREFIX = local.scope_prefix }
}

resource "aws_lambda_permission" "claims" {
  count = local.own_pool ? 1 : 0

  statement_id  = "Cognito"
  action        = "lambda:InvokeFunction"
  function_name = module.claims[0].name
  principal     = "cognito-idp.amazonaws.com"
  source_arn    = aws_cognito_user_pool.people[0].arn
}
