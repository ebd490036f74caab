using Npgsql;
using Pyrsia.Authority.Storage;
using Pyrsia.Authority.Storage.Postgres;
using Pyrsia.Consensus;
using Pyrsia.Node.Hosting;
using Pyrsia.Node.Log;
using Pyrsia.Provenance.Network;

namespace Pyrsia.Authority.Operating;

/// <summary>A schema that a backup is unpacked into, beside the one whose name it gets at the end.</summary>
internal sealed class RestoredSchema : IDisposable
{
    private const string Suffix = "_restoring";

    private readonly PostgresDatabase _database;
    private readonly string _final;

    private RestoredSchema(PostgresDatabase database, string final) => (_database, _final) = (database, final);

    /// <summary>Makes it, in place of one that a restore has left that was broken off.</summary>
    /// <exception cref="StartupException">The database cannot be used, or the authority's schema is not empty.</exception>
    internal static RestoredSchema Make(string connection, ChainId chainId, string name, TimeProvider time)
    {
        string final;
        using (var own = new PostgresDatabase(connection, time))
        {
            final = own.Schema;
            if (PostgresSetup.Check(own, chainId, name)) throw new StartupException($"{own.Place} has tables, and a restore replaces nothing.", "Drop or rename the schema, or name another with Search Path.");
        }
        var database = new PostgresDatabase(new NpgsqlConnectionStringBuilder(connection) { SearchPath = final + Suffix }.ConnectionString, time);
        try
        {
            var schema = new RestoredSchema(database, final);
            schema.Drop();
            PostgresSetup.Prepare(database, chainId, name);
            return schema;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    internal ILogStorage OpenLog() => new PostgresLog(_database);

    internal IBlockStorage OpenBlocks() => new PostgresBlocks(_database);

    internal IDocumentStorage OpenDocuments(string folder) => new PostgresDocuments(_database, folder);

    /// <summary>Gives the schema the name that the authority looks for. One of that name goes only when it is empty.</summary>
    internal void Complete() => Execute($"drop schema if exists {Quote(_final)}; alter schema {Quote(_database.Schema)} rename to {Quote(_final)}");

    public void Dispose()
    {
        try
        {
            Drop();
        }
        catch (StorageUnavailableException)
        {
            // What is left is dropped by the next restore.
        }
        _database.Dispose();
    }

    private void Drop() => Execute($"drop schema if exists {Quote(_database.Schema)} cascade");

    /// <summary>Both statements are one transaction: they go in one message.</summary>
    private void Execute(string statements)
    {
        try
        {
            using var command = _database.Source.CreateCommand(statements);
            command.ExecuteNonQuery();
        }
        catch (NpgsqlException e)
        {
            throw new StorageUnavailableException($"{_database.Place}: {e.Message}", e);
        }
    }

    private static string Quote(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
