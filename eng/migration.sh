#!/usr/bin/env bash
# Writes the migration that brings PostgreSQL's tables to the present model: eng/migration.sh NAME
# The design-time package is only wanted here, so a project that has it is put together in artifacts/ out of the model's own files.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
name="${1:?usage: eng/migration.sh NAME}"
version=$(sed -n 's|.*"Microsoft.EntityFrameworkCore.Relational" Version="\(.*\)".*|\1|p' Directory.Packages.props)
model=authority/Pyrsia.Authority/Storage/Postgres
work=artifacts/migrations
packages="${NUGET_PACKAGES:-$HOME/.nuget/packages}"
mkdir -p "$work"
cat > "$work/Directory.Build.props" <<'XML'
<Project />
XML
cat > "$work/Directory.Packages.props" <<'XML'
<Project />
XML
cat > "$work/Design.csproj" <<XML
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <TargetFramework>net10.0</TargetFramework>
    <OutputType>Exe</OutputType>
    <Nullable>enable</Nullable>
    <ImplicitUsings>enable</ImplicitUsings>
    <RootNamespace>Pyrsia.Authority.Storage.Postgres</RootNamespace>
    <NuGetAudit>false</NuGetAudit>
  </PropertyGroup>
  <ItemGroup>
    <Compile Include="../../$model/AuthorityContext.cs;../../$model/*Row*.cs;../../$model/Migrations/*.cs" />
    <PackageReference Include="Npgsql.EntityFrameworkCore.PostgreSQL" Version="10.0.0" />
    <PackageReference Include="Microsoft.EntityFrameworkCore.Relational" Version="$version" />
    <PackageReference Include="Humanizer.Core" Version="2.14.1" />
    <PackageReference Include="Microsoft.CodeAnalysis.CSharp.Workspaces" Version="5.12.0" />
    <PackageDownload Include="Microsoft.EntityFrameworkCore.Design" Version="[$version]" />
    <Reference Include="Microsoft.EntityFrameworkCore.Design" HintPath="$packages/microsoft.entityframeworkcore.design/$version/lib/net10.0/Microsoft.EntityFrameworkCore.Design.dll" />
  </ItemGroup>
</Project>
XML
cat > "$work/Program.cs" <<'CS'
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace Pyrsia.Authority.Storage.Postgres;

internal sealed class DesignFactory : IDesignTimeDbContextFactory<AuthorityContext>
{
    public AuthorityContext CreateDbContext(string[] args) => new(new DbContextOptionsBuilder<AuthorityContext>().UseNpgsql("Host=none").Options);

    private static void Main()
    {
    }
}
CS
[ -x "$work/tool/dotnet-ef" ] || dotnet tool install dotnet-ef --version "$version" --tool-path "$work/tool"
(cd "$work" && dotnet build -v q && tool/dotnet-ef migrations add "$name" --no-build --output-dir generated --namespace Pyrsia.Authority.Storage.Postgres.Migrations)
mkdir -p "$model/Migrations"
find "$work" -path "$work/obj" -prune -o -name '*.cs' ! -name Program.cs -print | while read -r file; do
    sed '1s/^\xEF\xBB\xBF//' "$file" > "$model/Migrations/$(basename "$file")" && rm "$file"
done
ls "$model/Migrations"
