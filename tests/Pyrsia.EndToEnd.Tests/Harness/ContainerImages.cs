using Pyrsia.Testing;

namespace Pyrsia.EndToEnd.Tests.Harness;

/// <summary>Images that a machine without a registry makes of what it has: one to base the programs' images on, and one of PostgreSQL.</summary>
public static class ContainerImages
{
    /// <summary>Debian with the .NET runtime that runs the tests.</summary>
    public const string Base = "pyrsia-test-base";

    /// <summary>PostgreSQL, which takes what the official image is told in compose.yaml.</summary>
    public const string Postgres = "pyrsia-test-postgres";

    /// <summary>What a base image needs of Debian: a shell, the small programs, certificates, and the libraries that these and .NET are linked to.</summary>
    private const string Packages = "base-files ca-certificates coreutils dash libacl1 libattr1 libc-bin libc6 libgcc-s1 libgmp10 libpcre2-8-0 libselinux1 libssl3 libstdc++6 zlib1g";

    /// <summary>Lists files of packages of this machine, by where they are since `/bin` is a link.</summary>
    private const string Debian = $$"""
        printf '%s\n' bin lib lib64 sbin etc/group etc/passwd
        find etc/ssl/certs
        dpkg -L {{Packages}} | sed -n 's#^/\(bin\|sbin\|lib\|lib64\)/#/usr/\1/#; s#^/##p'
        """;

    /// <summary>Passes on what is a file or a link.</summary>
    private const string NoDirectories = """while read -r file; do [ -d "$file" ] && [ ! -L "$file" ] || echo "$file"; done""";

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
    public static async Task MakeBaseAsync(IReadOnlyDictionary<string, string> engine)
    {
        var dotnet = Path.GetFullPath(Path.Combine(System.Runtime.InteropServices.RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."))[1..];
        using var nothing = new TemporaryDirectory();
        await ImportAsync(engine, Base, $"{Debian}\nfind {dotnet}/dotnet {dotnet}/host {dotnet}/shared", nothing.Path, $"ENV DOTNET_ROOT=/{dotnet}");
    }

    /// <summary>Makes the second: the newest server of this machine with the libraries that it is linked to, since what it runs on there is of the same release.</summary>
    /// <param name="engine">What tells a client where the engine is.</param>
    public static async Task MakePostgresAsync(IReadOnlyDictionary<string, string> engine)
    {
        using var added = new TemporaryDirectory();
        await File.WriteAllTextAsync(added["start.sh"], PostgresStart);
        await Command.MustAsync("install", "-d", "-o", "postgres", "-g", "postgres", added["var/lib/postgresql/data"]);
        const string files = $$"""
            {{Debian}}
            server=$(ls -d usr/lib/postgresql/* | sort -V | tail -1)
            for program in postgres initdb; do ldd $server/bin/$program | sed -n 's#.*=> /\(lib\|usr/lib\)/\([^ ]*\).*#usr/lib/\2#p'; done | while read -r library; do echo $library; realpath $library | cut -c2-; done
            find $server/bin $server/lib usr/share/postgresql/${server##*/} usr/share/zoneinfo
            """;
        await ImportAsync(engine, Postgres, files, added.Path, "USER postgres", "VOLUME /var/lib/postgresql/data", "ENTRYPOINT [\"sh\", \"/start.sh\"]");
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

    /// <summary>
    /// Makes an image of one layer out of this machine's files, which takes a tenth of the time of a build. The list is a script that prints their paths, run at the root; from the directory come the files, and
    /// empty directories, that the image has besides, its <c>/tmp</c> among them. This machine's own directories are left out: tar fails where one changes while it is read, as <c>/tmp</c> always does.
    /// </summary>
    private static async Task ImportAsync(IReadOnlyDictionary<string, string> engine, string name, string list, string added, params string[] changes)
    {
        using var directory = new TemporaryDirectory();
        var tar = directory["image.tar"];
        await Command.MustAsync("install", "-d", "-m", "1777", Path.Combine(added, "tmp"));
        await Command.MustAsync("sh", "-c", $"cd /\n({list}) | awk '!listed[$0]++' | {NoDirectories} | tar -cf '{tar}' --no-recursion -T - && cd '{added}' && find . -mindepth 1 ! -type d -o -empty | cut -c3- | tar -rf '{tar}' -T -");
        var imported = await Command.RunAsync("docker", ["import", .. changes.SelectMany(change => new[] { "--change", change }), tar, name], engine);
        if (imported.ExitCode != 0) throw new InvalidOperationException($"docker import {name}: {imported}");
    }
}
