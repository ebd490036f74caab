using System.CommandLine;
using Npgsql;
using Pyrsia.Keys;
using Pyrsia.Node.Hosting;

namespace Pyrsia.Authority.Storage;

/// <summary>The options of the storage, as a command line, the environment or the configuration file gives them.</summary>
internal sealed class StorageCommandLine(OptionSource source)
{
    private readonly Option<string> _kind = new("--storage")
    {
        HelpName = "embedded|postgres",
        Description = "Where journal, blocks and log are kept: files in the data directory, or PostgreSQL.",
        DefaultValueFactory = _ => source.Value("storage") ?? "embedded",
    };

    private readonly Option<string?> _connection = new("--connection-string")
    {
        HelpName = "TEXT|@FILE",
        Description = "The database, such as Host=db;Database=pyrsia;Username=a1;Search Path=a1. With a password only from a @FILE of mode 0600, PYRSIA_CONNECTION_STRING or the configuration file: everybody can read a command line.",
    };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(_kind);
        AddConnectionTo(command);
    }

    /// <summary>Adds the database's address alone, for a command that has no use for files.</summary>
    public void AddConnectionTo(Command command) => command.Options.Add(_connection);

    /// <summary>Takes the values of a parsed command line.</summary>
    /// <exception cref="StartupException">A value is none of those that there are, or the database is not named.</exception>
    public StorageOptions Read(ParseResult result) => result.GetValue(_kind) switch
    {
        "embedded" => new StorageOptions(null),
        "postgres" => new StorageOptions(ReadConnection(result)),
        var word => throw new StartupException($"There is no storage '{word}'.", "Give embedded or postgres with --storage.", isUsage: true),
    };

    /// <summary>Takes the connection string, out of its file where it is in one.</summary>
    /// <exception cref="StartupException">There is none, it is malformed, or its password stands where others can read it.</exception>
    public string ReadConnection(ParseResult result)
    {
        var argument = result.GetValue(_connection);
        var text = argument ?? source.Value("connection-string")
            ?? throw new StartupException("PostgreSQL wants a connection string.", "Set PYRSIA_CONNECTION_STRING, or name a file that holds it: --connection-string @FILE", isUsage: true);
        try
        {
            text = ConnectionText.Read(text, onCommandLine: argument is not null, "Put the connection string into a file of mode 0600 and give --connection-string @FILE, or set PYRSIA_CONNECTION_STRING.");
            _ = new NpgsqlConnectionStringBuilder(text);
            return text;
        }
        catch (KeyFileException e)
        {
            throw new StartupException($"--connection-string: {e.Message}.", e.Advice, isUsage: true, e);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or KeyNotFoundException)
        {
            throw new StartupException($"The connection string is malformed: {e.Message}", "Write it as Host=db;Port=5432;Database=pyrsia;Username=a1;Password=…;Search Path=a1.", isUsage: true, e);
        }
    }
}
