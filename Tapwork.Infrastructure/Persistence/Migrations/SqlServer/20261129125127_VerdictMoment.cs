using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Tapwork.Infrastructure.Persistence.Migrations.SqlServer
{
    /// <inheritdoc />
    public partial class VerdictMoment : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "VerdictAt",
                table: "Dossiers",
                type: "datetimeoffset",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "VerdictPreviousStatus",
                table: "Dossiers",
                type: "nvarchar(60)",
                maxLength: 60,
                nullable: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "VerdictAt",
                table: "Dossiers");

            migrationBuilder.DropColumn(
                name: "VerdictPreviousStatus",
                table: "Dossiers");
        }
    }
}
