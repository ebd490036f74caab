using System.CommandLine;
using Pyrsia.Node.Hosting;

return await StartupReport.RunAsync(source =>
{
    var options = new NodeCommandLine(source, "pyrsia-node");
    var root = new RootCommand("A node of the Pyrsia network: a registry on localhost whose content comes from peers, with proof.") { HealthCommand.Create(source, "pyrsia-node") };
    options.AddTo(root);
    root.SetAction(async (result, _) =>
    {
        var values = options.Read(result);
        using var resources = NodeResources.Open(values);
        var builder = NodeWeb.CreateBuilder(values);
        builder.Services.AddPyrsiaNode(resources, NodeRole.Node).AddPyrsiaFollower(resources);
        await using var app = builder.Build();
        await app.MapPyrsiaNode().RunPyrsiaAsync(values);
    });
    return root;
}, args);
