  echo "  npx osls deploy"
