using System.CommandLine;
using Pyrsia.Authority.Builds;
using Pyrsia.Authority.Hosting;
using Pyrsia.Authority.Keys;
using Pyrsia.Authority.Operating;
using Pyrsia.Authority.Storage;
using Pyrsia.Authority.Workers;
using Pyrsia.Node.Hosting;

return await StartupReport.RunAsync(source =>
{
    var options = new NodeCommandLine(source, "pyrsia-authority", tokens: true);
    var root = new RootCommand("An authority of the Pyrsia network: a node that also builds, votes and keeps the log.")
    {
        InitCommand.Create(source), BuilderCommand.Create(), MigrateCommand.Create(source), ConfigCommand.Create(source), InspectCommand.Create(source),
        BackupCommand.Create(source, TimeProvider.System), RestoreCommand.Create(source, TimeProvider.System), NetworkCommand.Create(), SetCommand.Create(source), HealthCommand.Create(source, "pyrsia-authority"),
    };
    var (builders, storages, workers) = (new BuilderCommandLine(source), new StorageCommandLine(source), new WorkerCommandLine(source));
    options.AddTo(root);
    builders.AddTo(root);
    storages.AddTo(root);
    workers.AddTo(root);
    root.SetAction(async (result, _) =>
    {
        var node = options.Read(result);
        var (storage, builder) = (storages.Read(result), builders.Read(result, node.DataDirectory));
        if (workers.Read(result) is { } worker) await WorkerProcess.RunAsync(node, storage, builder, worker);
        else await AuthorityProcess.RunAsync(node, storage, builder);
    });
    return root;
}, args);
