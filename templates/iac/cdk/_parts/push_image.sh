  echo "  npx cdk deploy, in infra/"
