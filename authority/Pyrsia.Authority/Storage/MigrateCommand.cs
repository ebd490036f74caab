using System.CommandLine;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Pyrsia.Authority.Storage.Postgres;
using Pyrsia.Node.Hosting;

namespace Pyrsia.Authority.Storage;

/// <summary><c>pyrsia-authority migrate</c>: brings a database's tables to this version, or prints the SQL that would.</summary>
internal static class MigrateCommand
{
    internal static Command Create(OptionSource source)
    {
        var storage = new StorageCommandLine(source);
        var script = new Option<bool>("--script") { Description = "Print the SQL, which can be run on any earlier version, and change nothing. Needs no database." };
        var role = new Option<string?>("--worker-role") { HelpName = "NAME", Description = "A database user, made before with 'create role NAME login', that gets a worker's rights and no others: the build queue." };
        var command = new Command("migrate", "Bring the tables in PostgreSQL to this version. Stop the authority and make a backup first.") { script, role };
        storage.AddConnectionTo(command);
        command.SetAction(result =>
        {
            if (result.GetValue(script))
            {
                if (result.GetValue(role) is not null) throw new StartupException("--worker-role gives rights and prints nothing.", "Run the script first, and then the command with --worker-role alone.", isUsage: true);
                using var nowhere = new PostgresDatabase("Host=none", TimeProvider.System);
                Console.Out.WriteLine(nowhere.Once(PostgresSetup.Script));
                return 0;
            }
            using var database = new PostgresDatabase(storage.ReadConnection(result), TimeProvider.System);
            try
            {
                var applied = database.Once(context => PostgresSetup.Migrate(database, context));
                if (result.GetValue(role) is { } worker) database.Once(context => context.Database.ExecuteSqlRaw(WorkerRole.Script(database.Schema, worker)));
                Console.Out.WriteLine(applied.Count == 0 ? "The tables are of this version already." : $"Applied {string.Join(", ", applied)}.");
                return 0;
            }
            catch (NpgsqlException e)
            {
                throw new StartupException($"{database.Place}: {e.Message}", "Mend this and run it again; what was done already stays.", inner: e);
            }
        });
        return command;
    }
}
