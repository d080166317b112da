variable "name" {
  description = "The schedule's name, and its role's."
  type        = string
}

variable "every" {
  description = "A schedule expression (EventBridge Scheduler User Guide, \"Schedule types\")."
  type        = string
}

variable "function_arn" {
  description = "The function that is called."
  type        = string
}

variable "dead_letters" {
  description = "The queue a call goes to that could not be made."
  type        = string
}
