using Pyrsia.Authority.Builds;
using Pyrsia.Authority.Keys;
using Pyrsia.Authority.Storage;
using Pyrsia.Node.Hosting;

namespace Pyrsia.Authority.Hosting;

/// <summary>A whole authority: a node with the keys that vote, build and keep the log.</summary>
internal static class AuthorityProcess
{
    /// <summary>Runs until the process is told to stop.</summary>
    /// <exception cref="StartupException">Something can't be used; the message says what and why.</exception>
    internal static async Task RunAsync(NodeOptions node, StorageOptions options, BuilderOptions builders)
    {
        using var keys = AuthorityKeys.Load(node.DataDirectory, node.Secrets);
        using var database = AuthorityDatabase.Open(options, node.Network, keys, TimeProvider.System);
        using var resources = NodeResources.Open(node, database is null ? null : database.OpenLog);
        using var storage = AuthorityStorage.Open(resources, keys, database);
        var builder = NodeWeb.CreateBuilder(node);
        builder.Services.AddPyrsiaNode(resources, NodeRole.Authority).AddPyrsiaAuthority(resources, keys, storage, database, builders);
        await using var app = builder.Build();
        await app.MapPyrsiaNode().RunPyrsiaAsync(node);
    }
}
