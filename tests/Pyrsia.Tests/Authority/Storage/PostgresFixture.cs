using Pyrsia.Authority.Storage.Postgres;
using Pyrsia.Contracts;
using Pyrsia.Provenance.Network;
using Pyrsia.Testing.Postgres;
using Pyrsia.Tests.Authority.Storage;
using Xunit;

[assembly: AssemblyFixture(typeof(PostgresFixture))]

namespace Pyrsia.Tests.Authority.Storage;

/// <summary>One PostgreSQL server for the tests that only need tables of their own.</summary>
public sealed class PostgresFixture : IAsyncDisposable
{
    internal static readonly ChainId Chain = new(Digest.Of([7]));

    private readonly Lazy<Task<PostgresServer>> _server = new(() => PostgresServer.StartAsync(CancellationToken.None));
    private int _schemas;

    internal async Task<string> NewSchemaAsync() => (await _server.Value).ConnectionString($"s{Interlocked.Increment(ref _schemas)}");

    internal async Task<PostgresDatabase> NewDatabaseAsync() => Open(await NewSchemaAsync());

    internal static PostgresDatabase Open(string connectionString)
    {
        var database = new PostgresDatabase(connectionString, TimeProvider.System);
        PostgresSetup.Prepare(database, Chain, "a1");
        return database;
    }

    public async ValueTask DisposeAsync()
    {
        if (_server.IsValueCreated) await (await _server.Value).DisposeAsync();
    }
}
