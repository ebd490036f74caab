using System.CommandLine;
using Pyrsia.Authority.Builds;
using Pyrsia.Authority.Hosting;
using Pyrsia.Authority.Keys;
using Pyrsia.Authority.Operating;
using Pyrsia.Authority.Storage;
using Pyrsia.Node.Hosting;

return await StartupReport.RunAsync(source =>
{
    var options = new NodeCommandLine(source, "pyrsia-authority");
    var root = new RootCommand("An authority of the Pyrsia network: a node that also builds, votes and keeps the log.")
    {
        InitCommand.Create(), BuilderCommand.Create(), MigrateCommand.Create(source), ConfigCommand.Create(source), InspectCommand.Create(source),
        BackupCommand.Create(source, TimeProvider.System), RestoreCommand.Create(source, TimeProvider.System), NetworkCommand.Create(), HealthCommand.Create(source, "pyrsia-authority"),
    };
    var builders = new BuilderCommandLine(source);
    var storages = new StorageCommandLine(source);
    options.AddTo(root);
    builders.AddTo(root);
    storages.AddTo(root);
    root.SetAction(async (result, _) =>
    {
        var values = options.Read(result);
        using var keys = AuthorityKeys.Load(values.DataDirectory);
        using var database = AuthorityDatabase.Open(storages.Read(result), values.Network, keys, TimeProvider.System);
        using var resources = NodeResources.Open(values, database is null ? null : database.OpenLog);
        using var storage = AuthorityStorage.Open(resources, keys, database);
        var builder = NodeWeb.CreateBuilder(values);
        builder.Services.AddPyrsiaNode(resources, NodeRole.Authority).AddPyrsiaAuthority(resources, keys, storage, database, builders.Read(result, values.DataDirectory));
        await using var app = builder.Build();
        await app.MapPyrsiaNode().RunPyrsiaAsync(values);
    });
    return root;
}, args);
