using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql;
using Pyrsia.Node.Hosting;
using Pyrsia.Provenance.Network;

namespace Pyrsia.Authority.Storage.Postgres;

/// <summary>Looks at a database before anything is trusted to it: that it keeps what it acknowledges, has the tables of this version, and belongs to this authority.</summary>
internal static class PostgresSetup
{
    /// <summary>Settings without which an acknowledged commit can be lost.</summary>
    private static readonly (string Name, string[] Good)[] Settings =
    [
        ("fsync", ["on"]),
        ("full_page_writes", ["on"]),
        ("synchronous_commit", ["on", "local", "remote_write", "remote_apply"]),
    ];

    /// <summary>Makes the database ready, where that loses nothing.</summary>
    /// <exception cref="StartupException">It cannot be used; the message says why and what to do.</exception>
    internal static void Prepare(PostgresDatabase database, ChainId chainId, string name) => Once(database, context =>
    {
        CheckSettings(database, context);
        if (!HasTables(database, context)) Migrate(database, context);
        Claim(database, context, chainId.Value.Bytes.ToArray(), name);
    });

    /// <summary>Finds what keeps an authority from using the database, and changes nothing. A schema without tables is in order: the first start makes them.</summary>
    /// <returns>Whether there are tables.</returns>
    /// <exception cref="StartupException">It cannot be used; the message says why and what to do.</exception>
    internal static bool Check(PostgresDatabase database, ChainId chainId, string name)
    {
        var begun = false;
        Once(database, context =>
        {
            CheckSettings(database, context);
            begun = HasTables(database, context);
            if (begun && context.Authority.SingleOrDefault() is { } owner) CheckOwner(database, owner, chainId.Value.Bytes, name);
        });
        return begun;
    }

    /// <summary>Looks at the database of an authority for a worker, and changes nothing.</summary>
    /// <exception cref="StartupException">It cannot be used; the message says why and what to do.</exception>
    internal static void CheckForWorker(PostgresDatabase database) => Once(database, context =>
    {
        CheckSettings(database, context);
        if (!HasTables(database, context))
            throw new StartupException($"{database.Place} has no tables.", "Give the worker its authority's database and schema (Search Path), and start the authority first.");
    });

    /// <summary>The SQL that brings the tables of any earlier version to this one.</summary>
    internal static string Script(AuthorityContext context) => context.GetService<IMigrator>().GenerateScript(options: MigrationsSqlGenerationOptions.Idempotent);

    /// <summary>Makes the schema and brings its tables to this version.</summary>
    /// <returns>The migrations that were applied.</returns>
    internal static IReadOnlyList<string> Migrate(PostgresDatabase database, AuthorityContext context)
    {
#pragma warning disable EF1002 // a name cannot be a parameter; it is quoted
        context.Database.ExecuteSqlRaw($"create schema if not exists \"{database.Schema.Replace("\"", "\"\"", StringComparison.Ordinal)}\"");
#pragma warning restore EF1002
        string[] pending = [.. context.Database.GetPendingMigrations()];
        context.Database.Migrate();
        return pending;
    }

    private static void Once(PostgresDatabase database, Action<AuthorityContext> work)
    {
        try
        {
            database.Once(context =>
            {
                work(context);
                return true;
            });
        }
        catch (Exception e) when (PostgresDatabase.IsTransient(e) || e.GetBaseException() is NpgsqlException)
        {
            throw new StartupException(database.Unavailable(e).Message, "Start the database, or correct the connection string.", inner: e);
        }
    }

    private static void CheckSettings(PostgresDatabase database, AuthorityContext context)
    {
        foreach (var (name, good) in Settings)
        {
            var value = context.Database.SqlQuery<string>($"select current_setting({name}) as \"Value\"").Single();
            if (!good.Contains(value))
                throw new StartupException($"{database.Place} has {name} = {value}: votes and entries that it acknowledged could be lost.", $"Set {name} = on and start again.");
        }
    }

    private static bool HasTables(PostgresDatabase database, AuthorityContext context)
    {
        var known = context.Database.GetMigrations().ToHashSet(StringComparer.Ordinal);
        var applied = context.Database.GetAppliedMigrations().ToArray();
        if (applied.FirstOrDefault(migration => !known.Contains(migration)) is { } newer)
            throw new StartupException($"{database.Place} was brought to {newer} by a newer version.", "Start that version or a later one.");
        if (applied.Length > 0 && applied.Length < known.Count)
            throw new StartupException($"{database.Place} has the tables of an earlier version.", "Make a backup, then run: pyrsia-authority migrate");
        return applied.Length > 0;
    }

    private static void Claim(PostgresDatabase database, AuthorityContext context, byte[] chainId, string name)
    {
        try
        {
            if (!context.Authority.Any())
            {
                context.Add(new AuthorityRow { ChainId = chainId, Name = name });
                context.SaveChanges();
            }
        }
        catch (DbUpdateException e) when (PostgresDatabase.IsTaken(e))
        {
            // Another copy that starts at the same time was first; whose it is, is looked at next.
        }
        CheckOwner(database, context.Authority.Single(), chainId, name);
    }

    private static void CheckOwner(PostgresDatabase database, AuthorityRow owner, ReadOnlySpan<byte> chainId, string name)
    {
        if (!owner.ChainId.AsSpan().SequenceEqual(chainId) || owner.Name != name)
            throw new StartupException($"{database.Place} belongs to authority {owner.Name} of network {Convert.ToHexStringLower(owner.ChainId)}.", "Give each authority a database or a schema (Search Path) of its own.");
    }
}
