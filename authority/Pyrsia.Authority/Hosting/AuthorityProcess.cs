using Pyrsia.Authority.Builds;
using Pyrsia.Authority.Keys;
using Pyrsia.Authority.Storage;
using Pyrsia.Node.Hosting;

namespace Pyrsia.Authority.Hosting;

/// <summary>A whole authority: a node with the keys that vote, build and keep the log.</summary>
internal static class AuthorityProcess
{
    /// <summary>How long an authority that is told to stop waits for what it does, which a database that stands still could hold up for ever: container engines kill after ten seconds.
    /// What was not durable by then was promised to nobody.</summary>
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(8);

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
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = StopLimit);
        await using var app = builder.Build();
        await app.MapPyrsiaNode().RunPyrsiaAsync(node);
    }
}
