using Pyrsia.Testing;

namespace Pyrsia.EndToEnd.Tests.Harness;

/// <summary>Images that a machine without a registry makes of what it has: one to base the programs' images on, and one of PostgreSQL.</summary>
public static class ContainerImages
{
    /// <summary>Debian with the .NET runtime that runs the tests.</summary>
    public const string Base = "pyrsia-test-base";

    /// <summary>PostgreSQL, which takes what the official image is told in compose.yaml.</summary>
    public const string Postgres = "pyrsia-test-postgres";

    private const string BaseFile = """
        FROM scratch
        ADD rootfs.tar.gz /
        COPY dotnet /usr/share/dotnet
        ENV DOTNET_ROOT=/usr/share/dotnet
        """;

    private const string PostgresFile = $"""
        FROM {Base}
        COPY root /
        COPY start.sh /start.sh
        RUN echo "postgres:x:999:999::/var/lib/postgresql:/bin/sh" >> /etc/passwd && install -d -o 999 -g 999 /var/lib/postgresql/data
        USER 999:999
        VOLUME /var/lib/postgresql/data
        ENTRYPOINT ["sh", "/start.sh"]
        """;

    private const string PostgresStart = """
        set -e
        PATH=$(echo /usr/lib/postgresql/*/bin):$PATH
        data=/var/lib/postgresql/data/main
        if [ ! -e $data/PG_VERSION ]; then
            printf %s "$POSTGRES_PASSWORD" > /tmp/password
            initdb -D $data -U postgres -A scram-sha-256 --pwfile /tmp/password --locale C.UTF-8 -N >/dev/null
            echo "host all all all scram-sha-256" >> $data/pg_hba.conf
            echo "create database $POSTGRES_DB" | postgres --single -D $data postgres >/dev/null
        fi
        exec postgres -D $data -c listen_addresses='*' -k /tmp
        """;

    /// <summary>Makes the first.</summary>
    /// <param name="engine">What tells a client where the engine is.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task MakeBaseAsync(IReadOnlyDictionary<string, string> engine, CancellationToken cancellationToken)
    {
        using var directory = new TemporaryDirectory();
        var dotnet = directory["base/dotnet"];
        var runtime = Path.GetFullPath(Path.Combine(System.Runtime.InteropServices.RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        await Command.MustAsync("mkdir", "-p", dotnet);
        await Command.MustAsync("cp", "-a", Path.Combine(runtime, "dotnet"), Path.Combine(runtime, "host"), Path.Combine(runtime, "shared"), dotnet);
        await Command.MustAsync("cp", await BaseFileSystem.LayerAsync(cancellationToken), directory["base/rootfs.tar.gz"]);
        await File.WriteAllTextAsync(directory["base/Dockerfile"], BaseFile, cancellationToken);
        await BuildAsync(engine, "--quiet", "--tag", Base, directory["base"]);
    }

    /// <summary>Makes the second, on the first.</summary>
    /// <param name="engine">What tells a client where the engine is.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task MakePostgresAsync(IReadOnlyDictionary<string, string> engine, CancellationToken cancellationToken)
    {
        using var directory = new TemporaryDirectory();
        var root = directory["postgres/root"];
        await Command.MustAsync("mkdir", "-p", $"{root}/usr/lib/x86_64-linux-gnu");
        // The newest server of this machine with the libraries that it is linked to: what it runs on here is of the same release.
        await Command.MustAsync("sh", "-c", $$"""
            set -e
            server=$(ls -d /usr/lib/postgresql/* | sort -V | tail -1)
            for program in postgres initdb; do ldd $server/bin/$program | awk '/=> \//{print $3}'; done | sort -u | xargs cp -L -t '{{root}}/usr/lib/x86_64-linux-gnu'
            tar -C / --exclude=bitcode -cf - ${server#/}/bin ${server#/}/lib usr/share/postgresql/${server##*/} usr/share/zoneinfo | tar -C '{{root}}' -xf -
            """);
        await File.WriteAllTextAsync(directory["postgres/Dockerfile"], PostgresFile, cancellationToken);
        await File.WriteAllTextAsync(directory["postgres/start.sh"], PostgresStart, cancellationToken);
        await BuildAsync(engine, "--quiet", "--network", "none", "--tag", Postgres, directory["postgres"]);
    }

    /// <summary>Puts the programs and what makes images of them where a build finds both, as a release has them.</summary>
    /// <param name="published">The directory.</param>
    public static async Task PublishAsync(string published)
    {
        Directory.CreateDirectory(published);
        foreach (var program in new[] { Programs.Cli, Programs.Node, Programs.Authority }) await Command.MustAsync("cp", "-a", Path.GetDirectoryName(program)! + "/.", published);
    }

    /// <summary>Runs <c>docker build</c>.</summary>
    public static async Task BuildAsync(IReadOnlyDictionary<string, string> engine, params string[] arguments)
    {
        var built = await Command.RunAsync("docker", ["build", .. arguments], engine);
        if (built.ExitCode != 0) throw new InvalidOperationException($"docker build {string.Join(' ', arguments)}: {built}");
    }
}
