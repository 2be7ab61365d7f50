"""What commands share: scenarios asked for, experiments, folders, progress, clusters."""
