using Pyrsia.Authority.Cluster;
using Pyrsia.Authority.Keys;
using Pyrsia.Authority.Storage.Postgres;
using Pyrsia.Authority.Workers;
using Pyrsia.Consensus;
using Pyrsia.Node.Hosting;
using Pyrsia.Node.Log;
using Pyrsia.Provenance.Network;

namespace Pyrsia.Authority.Storage;

/// <summary>The PostgreSQL database of an authority, looked at and claimed before anything is read from it.</summary>
internal sealed class AuthorityDatabase : IDisposable
{
    private readonly PostgresDatabase _database;

    private AuthorityDatabase(PostgresDatabase database, CopyLease lease) => (_database, Lease) = (database, lease);

    /// <summary>Names the database in messages.</summary>
    internal string Place => _database.Place;

    /// <summary>What keeps the database from answering; null when nothing does.</summary>
    internal string? Trouble => _database.Trouble;

    /// <summary>Which copy votes.</summary>
    internal CopyLease Lease { get; }

    /// <summary>Whether there are tables; a start makes them, reading does not.</summary>
    internal bool IsBegun { get; private set; } = true;

    /// <summary>Opens the database that the options name; null when storage is files.</summary>
    /// <exception cref="StartupException">It cannot be used; the message says why.</exception>
    internal static AuthorityDatabase? Open(StorageOptions options, string? network, AuthorityKeys keys, TimeProvider time)
    {
        if (options.ConnectionString is not { } connection) return null;
        var genesis = AuthorityStorage.NetworkOf(network is null ? null : NodeResources.ReadNetwork(network)).Genesis;
        var name = AuthorityPlace.Find(genesis, keys).Member.Name;
        return Open(connection, time, database =>
        {
            PostgresSetup.Prepare(database, genesis.ChainId, name);
            return CopyLease.Take(database, Guid.NewGuid());
        });
    }

    /// <summary>Opens the database of an authority that does not run, and changes nothing in it.</summary>
    /// <param name="connection">Where it is.</param>
    /// <param name="genesis">The network.</param>
    /// <param name="name">The authority.</param>
    /// <param name="time">For the waits between tries.</param>
    /// <exception cref="StartupException">It cannot be used, or the authority runs; the message says why.</exception>
    internal static AuthorityDatabase OpenForReading(string connection, GenesisDocument genesis, string name, TimeProvider time)
    {
        var begun = false;
        var opened = Open(connection, time, database =>
        {
            begun = PostgresSetup.Check(database, genesis.ChainId, name);
            return CopyLease.Hold(database) ?? throw new StartupException($"{name} runs, on {database.Place}.", "Stop the authority first; a running one tells about itself on /status, /readyz and /metrics.");
        });
        opened.IsBegun = begun;
        return opened;
    }

    private static AuthorityDatabase Open(string connection, TimeProvider time, Func<PostgresDatabase, CopyLease> lease)
    {
        var database = new PostgresDatabase(connection, time);
        try
        {
            return new AuthorityDatabase(database, lease(database));
        }
        catch (StorageUnavailableException e)
        {
            database.Dispose();
            throw new StartupException(e.Message, "Start the database, or correct the connection string.", inner: e);
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>The log.</summary>
    internal ILogStorage OpenLog() => new PostgresLog(_database);

    /// <summary>The final blocks.</summary>
    internal IBlockStorage OpenBlocks() => new PostgresBlocks(_database);

    /// <summary>The journal of an epoch.</summary>
    internal IJournalStorage OpenJournal(Hash256 owner, Epoch epoch) => PostgresJournal.Open(_database, owner, epoch, Lease.Refusal);

    /// <summary>The documents of one kind, which files would keep in a folder of that name.</summary>
    internal IDocumentStorage OpenDocuments(string folder) => new PostgresDocuments(_database, folder);

    /// <summary>The journal of an epoch as it is; null when it was not begun.</summary>
    internal IJournalStorage? OpenJournalForReading(Epoch epoch) => PostgresJournal.OpenForReading(_database, epoch);

    /// <summary>The queue that build workers take their jobs from.</summary>
    internal BuildQueue OpenQueue() => new(_database);

    /// <summary>Does something that reads, again and again until the database has answered: consensus cannot go on without.</summary>
    internal T Patiently<T>(Func<T> read) => _database.Patiently(read);

    /// <summary>Lets no write wait any longer: the program stops.</summary>
    internal void Stop() => _database.Stop();

    public void Dispose()
    {
        Lease.Dispose();
        _database.Dispose();
    }
}
