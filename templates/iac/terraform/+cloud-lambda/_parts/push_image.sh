  echo "  scripts/terraform.sh apply"
