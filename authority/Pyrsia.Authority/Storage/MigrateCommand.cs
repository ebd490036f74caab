using System.CommandLine;
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
        var command = new Command("migrate", "Bring the tables in PostgreSQL to this version. Stop the authority and make a backup first.") { script };
        storage.AddConnectionTo(command);
        command.SetAction(result =>
        {
            if (result.GetValue(script))
            {
                using var nowhere = new PostgresDatabase("Host=none", TimeProvider.System);
                Console.Out.WriteLine(nowhere.Once(PostgresSetup.Script));
                return 0;
            }
            using var database = new PostgresDatabase(storage.ReadConnection(result), TimeProvider.System);
            try
            {
                var applied = database.Once(context => PostgresSetup.Migrate(database, context));
                Console.Out.WriteLine(applied.Count == 0 ? "The tables are of this version already." : $"Applied {string.Join(", ", applied)}.");
                return 0;
            }
            catch (NpgsqlException e)
            {
                throw new StartupException($"{database.Place}: {e.Message}", "Nothing was changed. Mend this and run it again.", inner: e);
            }
        });
        return command;
    }
}
